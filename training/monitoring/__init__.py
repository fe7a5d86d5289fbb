"""How a champion fares: drift, delayed outcomes and what to do."""
