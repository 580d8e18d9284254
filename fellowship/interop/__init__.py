"""Interoperation with AutoGen: scenarios as teams, models as model clients."""
