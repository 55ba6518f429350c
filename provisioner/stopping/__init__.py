"""The emergency stop: what is posted and read back (`stopper`), and what is told to whoever applies (`notice`)."""

from provisioner.stopping.notice import StopNotice, Told, marks_of
from provisioner.stopping.stopper import Stop, Stopper, ours

__all__ = ["Stop", "StopNotice", "Stopper", "Told", "marks_of", "ours"]
