# SPDX-License-Identifier: GPL-2.0
"""What the driver's selftests share, a module a concern."""
