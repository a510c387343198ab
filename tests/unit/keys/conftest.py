from soft_token import soft_token

__all__ = ["soft_token"]
