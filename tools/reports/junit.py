from graders.report import as_junit as as_junit
