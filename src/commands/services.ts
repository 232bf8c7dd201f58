import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { hostDeviceArg, readUndoAfter, undoAfterOptions, undoFlags } from '../cli/flags/host-flags.ts';
import { readInputFile } from '../cli/terminal/read-input-file.ts';
import { openHostDevice } from '../cli/verbs/host/open-host-device.ts';
import { systemClock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { controlUnit, type UnitAction } from '../host/services/control-unit.ts';
import { engineUnits, findLeftStopped, readEngine } from '../host/services/engine-restart.ts';
import { findUnit, readUnits, unitOf } from '../host/services/units.ts';
import { disableVpn, enableVpn } from '../host/vpn/switch-vpn.ts';
import { checkVpnProfile } from '../host/vpn/vpn-profile.ts';
import { guardReporter } from '../ui/host/guard.ts';
import { renderUnits, renderVpn } from '../ui/host/services.ts';

const actions = ['start', 'stop', 'restart', 'logs', 'enable', 'disable'];
const only = (name: string): string[] => actions.filter(other => other !== name);
const ofVpn = [{ type: 'some' as const, flags: ['enable', 'disable'] }];

export default class Services extends OsCommand {
  static override summary = 'show and control the services of the host OS';
  static override description = `Shows the systemd units of a device that matter: engine, supervisor, network, name \
service, SSH, VPN, clock, consoles, and every unit that failed. Times are by the device's monotonic clock. With the name of \
one (NetworkManager, engine, avahi, …) it shows or controls that one. For a project's services there are \`os ps\`, \
\`os restart\` and \`os logs\`.

--enable --profile FILE runs OpenVPN with your profile, which may not name files of this machine. The output says whether the \
device starts it again at its next boot. If OpenVPN does not start with it, or the device is not reached again, the profile is \
removed, and the one before is restored and started. --disable is taken back in the same way where the device is not reached without the VPN.`;

  static override examples = [
    '<%= config.bin %> services mydevice',
    { description: 'restart one', command: '<%= config.bin %> services mydevice dnsmasq --restart' },
    {
      description: 'a VPN of yours',
      command: '<%= config.bin %> services mydevice openvpn --enable --profile office.ovpn',
    },
    { description: 'what it logged last', command: '<%= config.bin %> services mydevice engine --logs' },
  ];

  static override args = {
    device: hostDeviceArg,
    unit: Args.string({ description: 'one unit, e.g. NetworkManager or engine' }),
  };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    start: Flags.boolean({ description: 'start it', exclusive: only('start') }),
    stop: Flags.boolean({ description: 'stop it until the next boot', exclusive: only('stop') }),
    restart: Flags.boolean({ description: 'restart it', exclusive: only('restart') }),
    enable: Flags.boolean({
      description: 'of openvpn: run it with a profile, now and at each boot',
      exclusive: only('enable'),
    }),
    disable: Flags.boolean({
      description: 'of openvpn: stop it, and remove its profile',
      exclusive: only('disable'),
    }),
    profile: Flags.string({
      description: 'with --enable: profile of OpenVPN on this machine, - for stdin',
      dependsOn: ['enable'],
      helpValue: 'FILE',
    }),
    'no-undo': Flags.boolean({ ...undoFlags['no-undo'], relationships: ofVpn }),
    'undo-after': Flags.string({ ...undoAfterOptions, relationships: ofVpn }),
    logs: Flags.boolean({ description: 'print the last 50 lines of its journal', exclusive: only('logs') }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key',
    6: 'the unit does not start',
    7: 'the profile of OpenVPN cannot be used; nothing was written',
    9: 'out of space on the device',
    10: 'the device was not reached with the new profile of OpenVPN, or without the former; it is as before',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Services);
    const { output, signal } = this;
    const action = (['start', 'stop', 'restart'] as const).find((it: UnitAction) => flags[it]);
    const isVpn = flags.enable || flags.disable;
    const wanted = actions.find(it => (flags as Record<string, unknown>)[it] === true);
    if (args.unit === undefined && wanted !== undefined)
      throw new OsError('usage', `--${wanted} needs the name of a unit`, {
        hint: `write it after the device: os services DEVICE UNIT --${wanted}`,
      });
    const named = args.unit === undefined ? undefined : unitOf(args.unit);
    if (isVpn && named !== 'openvpn.service')
      throw new OsError('usage', `--${wanted ?? ''} is of openvpn alone`, {
        hint: 'the root of a device is read-only: which units start with it is part of its OS',
      });
    const profile = flags.profile === undefined ? undefined : await readInputFile(flags.profile);
    if (profile !== undefined) checkVpnProfile(profile);
    await using device = await openHostDevice(args.device, this);
    if (isVpn) {
      const dependencies = { device, clock: systemClock, report: guardReporter(output), signal };
      const request = { profile, undoAfterS: readUndoAfter(flags) };
      const vpn = await (flags.enable ? enableVpn : disableVpn)(request, dependencies);
      this.answer({ device: device.name, ...vpn }, renderVpn);
      return;
    }
    const unit = named === undefined ? undefined : await findUnit(device.commands, named, signal);
    if (unit !== undefined && flags.logs) {
      const { stdout } = await device.commands.run(
        `journalctl -u ${shellQuote(unit)} -n 50 -o short-iso --no-pager`,
        { signal },
      );
      this.answer(
        { unit, lines: stdout.trimEnd().split('\n').map(sanitizeLine) },
        ({ lines }) => `${lines.join('\n')}\n`,
      );
      return;
    }
    const restartsEngine = action === 'restart' && unit !== undefined && engineUnits.includes(unit);
    const engine = restartsEngine ? await readEngine(device.commands, signal) : undefined;
    if (unit !== undefined && action !== undefined) await controlUnit(device.commands, unit, action, signal);
    const units = await readUnits(device.commands, unit === undefined ? undefined : [unit], signal);
    if (unit !== undefined && units.length === 0)
      throw new OsError('usage', `${device.name} has no unit ${unit}`, {
        hint: '`os services` lists the units',
      });
    const stopped = engine === undefined ? [] : await findLeftStopped(device.commands, engine, signal);
    this.answer({ device: device.name, units, stopped }, renderUnits);
  }
}
