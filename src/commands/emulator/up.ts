import { Flags } from '@oclif/core';
import { readFile } from 'node:fs/promises';
import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/emulator.ts';
import { OsError } from '../../core/errors.ts';
import { variants } from '../../emulator/device-record.ts';
import { parseSubnet } from '../../emulator/subnet.ts';
import { bringUp } from '../../emulator/up.ts';
import { note } from '../../ui/output.ts';
import { renderUp } from '../../ui/emulator.ts';

/** The keys in a file of public keys or authorized_keys. Throws OsError `usage`. */
async function readKeys(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OsError('usage', `cannot read ${file}`, { cause });
  });
  const keys = text.split('\n').filter(line => /^(ssh|ecdsa|sk)-\S+ \S+/.test(line));
  if (keys.length > 0) return keys;
  throw new OsError('usage', `${file} holds no public SSH key`, {
    hint: 'name the .pub file, such as ~/.ssh/id_ed25519.pub',
  });
}

/** A label that leads to the device as it is written; the OS itself would take anything. Throws OsError `usage`. */
function checkHostname(name: string): string {
  if (name === '' || (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name) && name !== 'localhost'))
    return name;
  throw new OsError('usage', `not a host name: ${JSON.stringify(name)}`, {
    hint: 'use letters, digits and dashes, 63 at most',
  });
}

export default class EmulatorUp extends OsCommand {
  static override summary = 'boot a virtual device on this machine';
  static override description = `Boots a device without hardware: its own systemd, read-only root, state and data, SSH on 22222 and a real \
engine, on a network of its own. \`os scan\` finds it like any board. The first run makes the root file system from this \
machine's package archives, which takes about a minute; it is kept in the cache directory.

A device that exists boots again as it was. One that is running is left alone.`;

  static override exitStatus = {
    2: 'bad flag, or this machine cannot run devices: says what is missing',
    3: 'the device does not boot or does not answer',
    8: 'another command is working on the device',
  };

  static override examples = [
    '<%= config.bin %> emulator up',
    '<%= config.bin %> emulator up shop --hostname shop --engine-port 2375',
    '<%= config.bin %> emulator up till --variant production --ssh-key ~/.ssh/id_ed25519.pub',
  ];
  static override args = { name: deviceNameArg };
  static override flags = {
    variant: Flags.option({ options: variants })({
      description: 'which image it runs (default: development)',
    }),
    'engine-port': Flags.integer({
      description: 'TCP port of the engine (default: 2377)',
      min: 1,
      max: 65_535,
    }),
    hostname: Flags.string({ description: 'host name in its config.json; empty for one made of the uuid' }),
    'device-type': Flags.string({ description: 'device type it says it is (default: genericx86-64)' }),
    uuid: Flags.string({ description: '32 hex digits (default: random)' }),
    'ssh-key': Flags.string({ description: 'public keys that root may log in with', helpValue: 'FILE' }),
    subnet: Flags.string({
      description: 'network of the device (default: 10.213.0.0/24)',
      helpValue: 'CIDR',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EmulatorUp);
    if (flags.uuid !== undefined && !/^[0-9a-f]{32}$/.test(flags.uuid))
      throw new OsError('usage', 'a uuid is 32 lower-case hex digits');
    const result = await bringUp(emulatorContext(this.config.root, this.signal, this.output), {
      name: args.name,
      variant: flags.variant,
      enginePort: flags['engine-port'],
      hostname: flags.hostname === undefined ? undefined : checkHostname(flags.hostname),
      deviceType: flags['device-type'],
      uuid: flags.uuid,
      sshKeys: flags['ssh-key'] === undefined ? undefined : await readKeys(flags['ssh-key']),
      subnet: flags.subnet === undefined ? undefined : parseSubnet(flags.subnet),
    });
    this.answer(result, renderUp);
    const { host, address } = result.device;
    if (this.output.mode !== 'json')
      note(this.output, `go on with: os ssh ${host?.replace(/\.local$/, '') ?? address}`);
  }
}
