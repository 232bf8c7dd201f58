/** The published schemas let others ignore fields they do not know; in tests each field has to be described. */
export const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isObject = 'properties' in node && 'type' in node && node.type === 'object';
  return isObject ? { ...inner, additionalProperties: false } : inner;
};
