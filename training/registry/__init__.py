"""The register of models in MLflow."""
