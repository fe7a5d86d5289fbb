"""The examples that stand in the API's documentation; a test holds each against its schema."""
