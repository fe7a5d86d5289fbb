"""Every test's processes have a master key, as every workspace that is no demonstration needs."""

import os

os.environ.setdefault("GOODCALL_MASTER_KEY", "q0Pj3mZVbd2vYx5rT8nLk1sWc7uHf9aEg4iOy6tRzXM=")
