import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../../src/core/errors.ts';
import type { DeviceRecord } from '../../../../src/emulator/device/device-record.ts';
import { waitUntilReady } from '../../../../src/emulator/device/readiness.ts';
import { devicePaths } from '../../../../src/emulator/place.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const record = {
  name: 'shop',
  address: '127.0.0.1',
  subnet: '127.0.0.0/24',
  enginePort: 2377,
  variant: 'development',
  supervisorMode: 'unmanaged',
} as unknown as DeviceRecord;

describe('waiting for a device', () => {
  it('that is interrupted at any moment ends with that alone, and leaves no failure that nobody handles', async () => {
    await using temp = await openTempDirectory();
    const place = { stateDirectory: temp.path, cacheDirectory: temp.path, resourceDirectory: temp.path };
    const { boot } = devicePaths(place, record.name);
    await mkdir(boot, { recursive: true });
    await writeFile(path.join(boot, 'config.json'), '{"developmentMode": true}');
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', listen);
    try {
      for (const turns of [0, 1, 2, 4, 8, 16]) {
        const interruption = new AbortController();
        const context = { place, signal: interruption.signal, report: () => undefined };
        const waiting = waitUntilReady(context, record, new AbortController().signal);
        const interrupting = (async () => {
          for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
          interruption.abort(new OsError('interrupted', 'interrupted'));
        })();
        await assert.rejects(waiting, { code: 'interrupted' });
        await interrupting;
      }
      await new Promise(setImmediate);
      assert.deepEqual(unhandled, []);
    } finally {
      process.removeListener('unhandledRejection', listen);
      for (const other of others) process.on('unhandledRejection', other);
    }
  });
});
