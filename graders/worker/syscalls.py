"""Numbers of the system calls that a worker does without, by what they would let it do.

After each name stand its numbers on x86-64 and on arm64; ``-`` where there is no such call. A test
compares them with libseccomp's.
"""

from __future__ import annotations

HIGHEST = 450  # a call with a larger number is newer than this list, and refused unseen
COLUMNS = {"x86_64": 0, "aarch64": 1}

REFUSED = {
    "network": """
        socket 41 198 connect 42 203 bind 49 200 listen 50 201 accept 43 202 accept4 288 242
        sendmsg 46 211 sendmmsg 307 269""",
    "processes": """
        fork 57 - vfork 58 - execve 59 221 execveat 322 281 setsid 112 157 setpgid 109 154
        uselib 134 - personality 135 92""",
    "other processes": """
        ptrace 101 117 tkill 200 130 rt_sigqueueinfo 129 138 rt_tgsigqueueinfo 297 240
        pidfd_open 434 434 pidfd_send_signal 424 424 pidfd_getfd 438 438 kcmp 312 272
        process_vm_readv 310 270 process_vm_writev 311 271 process_madvise 440 440
        process_mrelease 448 448 migrate_pages 256 238 move_pages 279 239
        setpriority 141 140 ioprio_set 251 30 sched_setparam 142 118 sched_setscheduler 144 119
        sched_setaffinity 203 122 sched_setattr 314 274""",
    "files by name, past Landlock": """
        chmod 90 - fchmod 91 52 fchmodat 268 53 chown 92 - fchown 93 55 lchown 94 -
        fchownat 260 54 utime 132 - utimes 235 - futimesat 261 - utimensat 280 88 truncate 76 45
        setxattr 188 5 lsetxattr 189 6 fsetxattr 190 7
        removexattr 197 14 lremovexattr 198 15 fremovexattr 199 16
        inotify_init 253 - inotify_init1 294 26 fanotify_init 300 262
        name_to_handle_at 303 264 open_by_handle_at 304 265
        quotactl 179 60 quotactl_fd 443 443 sync 162 81 syncfs 306 267""",
    "memory that no limit counts, or that outlives its process": """
        memfd_create 319 279 memfd_secret 447 447 shmget 29 194 semget 64 190 msgget 68 186
        mq_open 240 180""",
    "memory that other processes share": """
        shmat 30 196 shmctl 31 195 semop 65 193 semctl 66 191 semtimedop 220 192
        msgsnd 69 189 msgrcv 70 188 msgctl 71 187 mq_unlink 241 181""",
    "much of the kernel": """
        io_uring_setup 425 425 io_uring_enter 426 426 io_uring_register 427 427 bpf 321 280
        perf_event_open 298 241 userfaultfd 323 282 add_key 248 217 request_key 249 218
        keyctl 250 219 modify_ldt 154 -""",
    "the machine": """
        unshare 272 97 setns 308 268 mount 165 40 umount2 166 39 pivot_root 155 41 chroot 161 51
        move_mount 429 429 open_tree 428 428 fsopen 430 430 fsconfig 431 431 fsmount 432 432
        fspick 433 433 mount_setattr 442 442
        setuid 105 146 setgid 106 144 setreuid 113 145 setregid 114 143 setresuid 117 147
        setresgid 119 149 setgroups 116 159 setfsuid 122 151 setfsgid 123 152 capset 126 91
        init_module 175 105 finit_module 313 273 delete_module 176 106 kexec_load 246 104
        kexec_file_load 320 294 reboot 169 142 swapon 167 224 swapoff 168 225 acct 163 89
        syslog 103 116 vhangup 153 58 settimeofday 164 170 clock_settime 227 112 adjtimex 159 171
        clock_adjtime 305 266 sethostname 170 161 setdomainname 171 162 iopl 172 - ioperm 173 -""",
}
JUDGED = """
    clone 56 220 clone3 435 435 kill 62 129 tgkill 234 131 prlimit64 302 261 prctl 157 167
    ioctl 16 29 fcntl 72 25 mmap 9 222 socketpair 53 199 open 2 - openat 257 56 openat2 437 437
"""  # by their arguments: see ``seccomp``


def numbers(text: str, machine: str) -> dict[str, int]:
    """The calls named in ``text`` that ``machine`` has, with their numbers there."""
    words = text.split()
    column = words[1 + COLUMNS[machine] :: 3]
    found = zip(words[::3], column, strict=True)
    return {name: int(number) for name, number in found if number != "-"}
