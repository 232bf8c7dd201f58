/** Devices that the test files of one `npm test` lend to each other; without that, each file has its own. */
import { upTimeoutMs, useDevice, type EmulatedDevice } from './emulated-device.ts';
import { giveBack, takeDevice, type LentDevice } from './lend-device.ts';
import { needsMachine } from './machine.ts';

const hasFailed = (suite: Mocha.Suite): boolean =>
  suite.tests.some(({ state }) => state === 'failed') || suite.suites.some(hasFailed);

/**
 * For a mocha group: a development device, there before its tests. It may have served other tests before and serve others
 * afterwards, so that nothing is done to it but what an engine, a shell or a reboot undoes: tests that change its
 * configuration have one of their own (`useDevice`).
 */
export function useSharedDevice(): () => EmulatedDevice {
  const home = process.env['OS_TEST_SHARED_DEVICES'];
  if (home === undefined) return useDevice();
  let lent: LentDevice | undefined;
  before(async function () {
    needsMachine(this);
    this.timeout(upTimeoutMs);
    lent = await takeDevice(home);
  });
  after(async function () {
    if (lent === undefined) return;
    // What failed may have left it in any state.
    if (this.test?.parent === undefined || hasFailed(this.test.parent))
      await lent.device[Symbol.asyncDispose]();
    else await giveBack(lent, home);
  });
  return () => {
    if (lent === undefined) throw new Error('the device is there once the tests run');
    return lent.device;
  };
}
