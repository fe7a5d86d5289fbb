"""What a challenger must show before it is the champion, and who promoted what and why."""
