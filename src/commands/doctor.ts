import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags, severalForms } from '../cli/flags/several-flags.ts';
import { reachContext } from '../cli/terminal/reach-context.ts';
import { blockingError, doctor } from '../cli/verbs/doctor.ts';
import { OsError } from '../core/errors.ts';
import { toJsonLine } from '../core/json-line.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { thisMachine } from '../doctor/machine/this-machine.ts';
import { chooseDevice } from '../reach/choose-device.ts';
import { findDevice } from '../reach/doctor/find-device.ts';
import { stateDirectory } from '../state/paths.ts';
import { renderDiagnosis } from '../ui/answers/doctor.ts';
import { toFailureJson } from '../ui/failure.ts';

export default class Doctor extends OsCommand {
  static override summary = 'find what blocks local development, and what to do';
  static override description = `Checks this machine (interfaces, multicast, firewall, port 5353, limits, proxies) and a device: what answers at \
its ports and, over SSH, its host OS (space, clock, failed units, kernel log, power supply, …). Nothing is changed \
anywhere. All checks run at the same time; one that cannot tell says why and blocks nothing.

What is in order is listed with --verbose. A warning leaves the exit status 0.`;

  static override examples = [
    { description: 'the only device on the network', command: '<%= config.bin %> doctor' },
    '<%= config.bin %> doctor mydevice',
    { description: 'this machine alone', command: '<%= config.bin %> doctor --machine' },
    {
      description: 'what is not in order, for a script',
      command:
        '<%= config.bin %> doctor mydevice --json | jq -r \'.result.outcomes[] | select(.result != "ok") | .check\'',
    },
  ];

  static override args = {
    device: Args.string({ description: `address, host name, or UUID of the device; ${severalForms}` }),
  };
  static override devices = 'argument' as const;
  static override devicelessFlag = 'machine';
  static override flags = {
    ...severalFlags,
    machine: Flags.boolean({ description: 'check this machine alone' }),
    verbose: Flags.boolean({ char: 'v', description: 'also list what is in order' }),
  };
  static override exitStatus = {
    0: 'nothing blocks; there may be warnings',
    3: 'no such device, or nothing answers',
    4: 'the device refuses: authentication, changed host key, read-only storage',
    9: 'out of space on the device',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Doctor);
    const { output, signal } = this;
    if (flags.machine && args.device !== undefined)
      throw new OsError('usage', '--machine is without a device', {
        hint: `this machine is checked with each device: os doctor ${shellQuote(args.device)}`,
      });
    const diagnosis = await doctor(
      {
        signal,
        machine: thisMachine(stateDirectory()),
        chooseDevice: () => chooseDevice(args.device, reachContext(output, signal)),
        findDevice: (target, within) => findDevice(target, reachContext(output, within)),
      },
      { isMachineOnly: flags.machine },
    );
    const blocking = blockingError(diagnosis);
    if (blocking !== undefined && output.mode === 'json')
      output.answer(toJsonLine({ ok: false, error: toFailureJson(blocking), result: diagnosis }));
    else this.answer(diagnosis, (result, to) => renderDiagnosis(result, to, { isVerbose: flags.verbose }));
    this.setExitStatus(diagnosis.exitCode);
  }
}
