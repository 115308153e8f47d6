from c import fetch as load
