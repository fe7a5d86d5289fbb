"""The loop in simulated time: policies contact a bank whose truth is known, which judges them."""
