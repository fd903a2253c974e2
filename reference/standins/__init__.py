"""Stand in for a learner's earlier modules where a later one is graded."""
