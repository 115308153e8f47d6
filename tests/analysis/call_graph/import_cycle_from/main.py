from a import first

first(2)
