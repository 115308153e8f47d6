"""The reference session service; see the issue tracker."""
