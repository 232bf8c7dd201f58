import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { eitherWayFlags, projectFlags } from '../cli/flags/project-flags.ts';
import { toServiceRequest } from '../cli/flags/to-requests.ts';
import { tunnel } from '../cli/verbs/tunnel.ts';
import { wireTunnel } from '../cli/verbs/wiring/wire-tunnel.ts';
import { parseReverse, parseTunnelWords } from '../tunnel/port-words.ts';
import { openTunnelReporter } from '../ui/tunnel/tunnel-reporter.ts';

export default class Tunnel extends OsCommand {
  static override summary = 'reach ports of a device and its services';
  static override usage = 'tunnel [DEVICE] [SERVICE:]PORT[:LOCAL]… [--reverse PORT[:LOCAL]] [FLAGS]';
  static override description = `Listens on this machine, at 127.0.0.1 and ::1, and connects each client through SSH to a port of the device's host or of a \
service. A service's port need not be published, and may be open on the service's loopback address only. LOCAL is the port of \
this machine: by default the same, and 0 takes any free one. Services are looked up by name for each connection, so a push in \
between changes nothing.

A bare number is a port. The first argument is the device only if it cannot be a port; --device names another one. Without a \
port, the ports that the project publishes are offered: a single one is taken at once; of several, you pick on a terminal, and --all takes all.

--reverse lets the device reach a port of this machine at a port of its own, and prints the address that works there. Containers \
reach it if the device's SSH server has \`GatewayPorts clientspecified\`.

Runs until Ctrl-C. If the device is lost, the listeners stay and connections are reset until it is back. TCP only. SSH cannot \
pass on a reset: such a connection is closed. If SSH is closed and the engine is open, only ports that the device publishes are \
reached.`;

  static override examples = [
    { description: 'a database that is not published', command: '<%= config.bin %> tunnel mydevice db:5432' },
    {
      description: 'two ports, one of them elsewhere on this machine',
      command: '<%= config.bin %> tunnel mydevice web:80:8080 9229',
    },
    {
      description: 'every port that the project publishes',
      command: '<%= config.bin %> tunnel mydevice --all',
    },
    {
      description: 'a server on this machine for the device',
      command: '<%= config.bin %> tunnel mydevice --reverse 3000',
    },
    {
      description: 'any free port, for a script',
      command:
        '<%= config.bin %> tunnel mydevice web:80:0 --json | jq -r --unbuffered \'select(.type == "listening").localPort\'',
    },
  ];

  static override strict = false;
  static override args = {
    device: Args.string({
      description: 'address, host name or UUID, with an optional :port of its SSH server; default $OS_DEVICE',
    }),
    port: Args.string({ description: 'ports, as [SERVICE:]PORT[:LOCAL]' }),
  };
  static override flags = {
    device: Flags.string({
      description: 'the device, if its name looks like a port',
      helpValue: 'DEVICE',
    }),
    reverse: Flags.string({
      description: 'port of the device to connect to LOCAL of this machine; repeatable',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PORT[:LOCAL]',
    }),
    all: Flags.boolean({ char: 'a', description: 'every port that the project publishes' }),
    bind: Flags.string({
      description: 'address of this machine to listen on; beyond loopback, others can connect',
      helpValue: 'ADDRESS',
    }),
    'ssh-port': Flags.integer({ description: "port of the device's SSH server", min: 1, max: 65_535 }),
    ...eitherWayFlags,
    project: projectFlags.project,
    source: projectFlags.source,
  };
  static override exitStatus = {
    2: 'no such service, an ambiguous word, UDP, several published ports and nobody to ask',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, host key, ports that are not published while SSH is closed',
    8: 'a port is in use, on this machine or for --reverse on the device',
    130: 'ended by Ctrl-C, as it always is',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Tunnel);
    const { output, events } = this;
    this.endWithReader();
    const words = parseTunnelWords(argv.map(String), flags.device);
    const reporter = openTunnelReporter(
      output,
      () => events.device,
      () => performance.now(),
    );
    const report = output.mode === 'json' ? events.report : reporter.report;
    await tunnel(wireTunnel(this, report), {
      ...toServiceRequest(words.device, flags),
      words,
      reverse: (flags.reverse ?? []).map(parseReverse),
      sshPort: flags['ssh-port'],
      bind: flags.bind,
      isAll: flags.all,
    });
  }
}
