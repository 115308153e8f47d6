from b import load
