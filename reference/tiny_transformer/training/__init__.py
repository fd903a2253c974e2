"""From text to a trained model: batches, schedules, and what a training loop needs besides."""
