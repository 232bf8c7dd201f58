import { OsError } from '../../../core/errors.ts';
import { checkOf } from '../../check.ts';
import { blocks, ok, unknown, type Finding } from '../../finding.ts';

type Input = { readonly name: string; readonly address: string } | Error;

/** Checks that the device is found and one of its ports answers. */
export const reachable = checkOf({
  id: 'reachable',
  title: 'address',
  room: 'access',
  read: async ({ device }): Promise<Input> => {
    try {
      return await device();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return error;
    }
  },
  judge(found: Input): Finding {
    if (!(found instanceof Error))
      return ok(found.name === found.address ? found.address : `${found.name} is at ${found.address}`);
    if (!(found instanceof OsError)) return unknown(found.message);
    const advice = found.hint ?? 'is it powered and on this network? `os scan` lists the devices that answer';
    if (found.exitCode === 3) return blocks(3, found.message, advice);
    if (found.exitCode === 4) return blocks(4, found.message, advice);
    return unknown(found.message);
  },
});
