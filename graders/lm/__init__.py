"""What a trained model is judged by: its checkpoint, the texts, how varied its own are. No torch."""
