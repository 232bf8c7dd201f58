import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { runScan, scanTimeout } from '../cli/run-scan.ts';

export default class Scan extends OsCommand {
  static override summary = 'find the devices on your network';
  static override description = `Asks on every interface, IPv4 and IPv6, and prints each device as soon as it answers; \
what it is (variant, OS, type, UUID, engine, supervisor) follows when its ports have been asked. Ends as soon as the \
network has gone quiet. When nothing answers, it listens for the whole --timeout.

On a terminal the table is redrawn in place. Elsewhere a device's row is printed when it is found and again, complete, \
when its details are known: take the last row of a device, or use --json.

--watch prints arrivals, changes and departures until Ctrl-C; with --json as one event a line. A device that is \
switched off without a word is gone from the list after half a minute.`;

  static override exitStatus = {
    0: 'devices were found, or none is there (an empty list)',
    3: 'no network interface could be searched',
    130: 'ended by Ctrl-C, as --watch always is',
  };

  static override examples = [
    { description: 'what is on my network?', command: '<%= config.bin %> scan' },
    {
      description: 'behind a VPN, in WSL, on guest Wi-Fi',
      command: '<%= config.bin %> scan --subnet 10.8.0.0/24',
    },
    {
      description: 'addresses, for a script',
      command: "<%= config.bin %> scan --json | jq -r '.result.devices[].addresses[0]'",
    },
    { description: 'see devices come and go', command: '<%= config.bin %> scan --watch' },
  ];

  static override flags = {
    timeout: Flags.string({
      default: scanTimeout,
      helpValue: 'DURATION',
      description: 'how long to listen when nothing answers',
    }),
    watch: Flags.boolean({ description: 'go on; print arrivals, changes and departures' }),
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
    if (watch) this.jsonShape = 'events';
    await runScan({ timeout, watch, subnet }, this.output, this.signal);
  }
}
