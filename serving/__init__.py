"""The doors for apps and people: scores, next best offers and explanations over HTTP."""
