def visit(node, step):
    return step(node[1:], visit) if node else 0


def walk(node, step):
    return step(node, walk)


visit([1, 2], walk)
