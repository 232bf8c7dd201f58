/**
 * Skips a test (or, from a `before`, its whole group) where `npm test` found that devices and test networks can't be made:
 * not Linux, not root, or packages missing. `npm test` then tells why and does not end with status 0.
 */
export function needsMachine(context: Mocha.Context): void {
  if (process.env['OS_TEST_UNSUITABLE'] !== undefined) context.skip();
}
