"""From token ids to vectors that know what they are and where they stand."""
