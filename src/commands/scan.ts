import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { runScan, scanTimeout } from '../cli/verbs/run-scan.ts';

export default class Scan extends OsCommand {
  static override summary = 'find the devices on your network';
  static override description = `Asks on every interface, IPv4 and IPv6, and probes each device that answers for its variant, OS, type, UUID, \
engine and supervisor. Listens until the network is quiet, at most for --timeout.

On a terminal the table is redrawn in place. Elsewhere a device's row is printed once, when its details are known or \
its ports have not answered in time.

SUPERVISOR has the version of the on-device supervisor and its mode: unmanaged, local-mode, local-mode-off, local-mode-left, down, or none. \
A question mark follows where an answer is missing (SSH, the engine) that could say otherwise; - means that nothing could be asked.

--watch prints arrivals, changes and departures until Ctrl-C; with --json one event a line. A device that is \
switched off is reported as gone within half a minute.`;

  static override exitStatus = {
    0: 'the network was searched; the list may be empty',
    3: 'no network interface could be searched',
    130: 'ended by Ctrl-C, as --watch always is',
  };

  static override examples = [
    { description: 'devices on this network', command: '<%= config.bin %> scan' },
    {
      description: 'behind a VPN, in WSL, on guest Wi-Fi',
      command: '<%= config.bin %> scan --subnet 10.8.0.0/24',
    },
    {
      description: 'addresses, for a script',
      command: "<%= config.bin %> scan --json | jq -r '.result.devices[].addresses[0]'",
    },
    { description: 'arrivals and departures', command: '<%= config.bin %> scan --watch' },
  ];

  static override flags = {
    timeout: Flags.string({
      default: scanTimeout,
      helpValue: 'DURATION',
      description: 'longest time to listen',
    }),
    watch: Flags.boolean({ description: 'keep printing arrivals, changes and departures' }),
    subnet: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'CIDR',
      description: 'also try every address of this subnet (at most a /16) by TCP; repeatable',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Scan);
    const { subnet = [], timeout, watch } = flags;
    if (watch) {
      this.jsonShape = 'events';
      this.endWithReader();
    }
    await runScan({ timeout, watch, subnet }, this.output, this.signal);
  }
}
