"""What a customer may come to be worth within a year."""
