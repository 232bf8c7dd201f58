import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { applyCommands } from '../../../../src/host/config/apply-config.ts';

/** The calls of systemctl on a host where the units in `active` are active. */
function callsOf(request: Parameters<typeof applyCommands>[0], active: readonly string[]): string[] {
  const script = `sleep() { :; }
systemctl() { echo "$*" >&3
  case "$*" in *is-active*) for u in ${active.join(' ')}; do case "$*" in *" $u") return 0 ;; esac; done; return 3 ;; esac; }
exec 3>&1
${applyCommands(request).join('\n')}`;
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  return stdout.split('\n').filter(call => call.includes('restart'));
}

describe('a changed config.json', () => {
  const nameServers = { restarts: ['dnsmasq', 'balena-net-config'], changed: ['dnsServers'] };

  it('takes effect on an OS that does not watch it by restarts in their order: the name servers before dnsmasq', () => {
    assert.deepEqual(callsOf(nameServers, []), [
      'try-restart balena-net-config.service',
      'try-restart dnsmasq.service',
    ]);
    const renamed = { restarts: ['balena', 'avahi-daemon', 'balena-hostname'], changed: ['hostname'] };
    assert.deepEqual(callsOf(renamed, []), [
      'try-restart balena-hostname.service',
      'try-restart avahi-daemon.service',
      'try-restart balena.service',
    ]);
  });

  it('is left to an OS that watches it, but for its keys, which would count from the next boot on', () => {
    assert.deepEqual(callsOf(nameServers, ['config-json.path']), []);
    assert.deepEqual(callsOf({ restarts: ['os-sshkeys'], changed: ['os.sshKeys'] }, ['config-json.path']), [
      'restart os-sshkeys.service development-features.service',
    ]);
  });

  it('is read again by a supervisor that runs, which would write its former content back', () => {
    assert.deepEqual(callsOf(nameServers, ['config-json.path', 'balena-supervisor.service']), [
      '--no-block restart balena-supervisor.service',
    ]);
  });
});
