import assert from 'node:assert/strict';
import type { Check } from '../../../src/doctor/check.ts';
import { bridges } from '../../../src/doctor/checks/machine/bridges.ts';
import { clock } from '../../../src/doctor/checks/machine/clock.ts';
import { dockerEnvironment } from '../../../src/doctor/checks/machine/docker-environment.ts';
import { firewall } from '../../../src/doctor/checks/machine/firewall.ts';
import { inotifyInstances } from '../../../src/doctor/checks/machine/inotify-instances.ts';
import { inotifyWatches } from '../../../src/doctor/checks/machine/inotify-watches.ts';
import { interfaces } from '../../../src/doctor/checks/machine/interfaces.ts';
import { mdnsPort } from '../../../src/doctor/checks/machine/mdns-port.ts';
import { multicast } from '../../../src/doctor/checks/machine/multicast.ts';
import { openFileLimit } from '../../../src/doctor/checks/machine/open-file-limit.ts';
import { proxy } from '../../../src/doctor/checks/machine/proxy.ts';
import { route } from '../../../src/doctor/checks/machine/route.ts';
import { stateDirectory } from '../../../src/doctor/checks/machine/state-directory.ts';
import { surroundings } from '../../../src/doctor/checks/machine/surroundings.ts';
import type { DeviceAnswers } from '../../../src/doctor/device-answers.ts';
import type { Finding } from '../../../src/doctor/finding.ts';
import type { Machine, NetworkInterface } from '../../../src/doctor/machine/machine.ts';
import { networksOn, parseRoutes } from '../../../src/doctor/machine/routes.ts';
import { fakeMachine } from '../../support/fake-machine.ts';

const run = (check: Check, machine: Machine, address?: string): Promise<Finding> =>
  check.run({
    machine,
    device: () =>
      address === undefined
        ? Promise.reject(new Error('no device'))
        : Promise.resolve({ name: 'kitchen', address } as DeviceAnswers),
    answer: () => Promise.reject(new Error('no host')),
    signal: new AbortController().signal,
  });

const judged = async (finding: Promise<Finding>, result: Finding['result'], text: RegExp): Promise<void> => {
  const found = await finding;
  assert.equal(found.result, result, found.evidence);
  assert.match(found.evidence + ('advice' in found ? ` → ${found.advice}` : ''), text);
};

const named = (name: string, ...cidrs: string[]): NetworkInterface => ({
  name,
  cidrs,
  isLoopback: name === 'lo',
  isUp: true,
  isMulticast: true,
});
const withInterfaces = (...found: NetworkInterface[]): Machine =>
  fakeMachine({}, { readInterfaces: () => Promise.resolve(found) });

/** /proc/net/route of a laptop: a VPN for 10.0.0.0/8, Wi-Fi, and a bridge without containers. */
const routes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
tun0	0000000A	00000000	0001	0	0	50	000000FF	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
wlan0	0001A8C0	00000000	0001	0	0	600	00FFFFFF	0	0	0
`;

describe('the checks of this machine (recorded inputs)', () => {
  it('interfaces: a machine without a network blocks with status 3', async () => {
    await judged(run(interfaces, fakeMachine()), 'ok', /eth0 192\.0\.2\.2/);
    const finding = await run(interfaces, withInterfaces(named('lo', '127.0.0.1/8'), named('eth0')));
    assert.deepEqual([finding.result, 'exitCode' in finding && finding.exitCode], ['blocks', 3]);
    const bridge = named('docker0', '172.17.0.1/16');
    await judged(run(interfaces, withInterfaces(bridge)), 'blocks', /no network interface/);
    await judged(run(interfaces, withInterfaces(bridge, named('eth0', '192.0.2.2/24'))), 'ok', /^eth0 \S+$/);
  });

  it('multicast: a firewall that drops questions, and a missing route, are told apart', async () => {
    const failing = (failure: string): Machine =>
      fakeMachine(
        {},
        { testMulticast: () => Promise.resolve([{ interface: 'eth0', address: 'a', failure }]) },
      );
    await judged(run(multicast, failing('EPERM')), 'warning', /a firewall of this machine.*--subnet/);
    await judged(run(multicast, failing('ENETUNREACH')), 'warning', /no route leads to multicast/);
    await judged(run(multicast, fakeMachine()), 'ok', /eth0/);
  });

  it('firewall: ufw, firewalld and rules of iptables and nftables that drop answers are named', async () => {
    await judged(
      run(firewall, fakeMachine({ '/etc/ufw/ufw.conf': 'ENABLED=yes\n' })),
      'warning',
      /ufw allow/,
    );
    await judged(run(firewall, fakeMachine({ '/etc/ufw/ufw.conf': 'ENABLED=no\n' })), 'ok', /./);
    await judged(run(firewall, fakeMachine({ '/run/firewalld': '' })), 'warning', /--add-service=mdns/);
    const rules = (iptables: string | undefined, nft?: string): Machine =>
      fakeMachine({}, { runProgram: program => Promise.resolve(program === 'nft' ? nft : iptables) });
    const dropping = '-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n';
    await judged(run(firewall, rules(dropping)), 'warning', /iptables drops/);
    const open = `${dropping}-A INPUT -p udp --dport 5353 -j ACCEPT\n`;
    await judged(run(firewall, rules(open)), 'ok', /no rule/);
    const chain =
      'table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n }\n}';
    await judged(run(firewall, rules(undefined, chain)), 'warning', /nftables/);
  });

  it('port 5353: its holder is named, and only one that does not share it is a warning', async () => {
    const held = fakeMachine(
      {
        '/proc/net/udp':
          '  sl  local_address rem_address\n  123: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   102        0 8123 2 0 0\n',
      },
      {
        readOpenFiles: () =>
          Promise.resolve({
            socketHolders: new Map([['8123', ['avahi-daemon (pid 731)']]]),
            inotifyInstances: 0,
            inotifyWatches: 0,
            isComplete: true,
          }),
      },
    );
    await judged(run(mdnsPort, held), 'ok', /held by avahi-daemon \(pid 731\), and shared/);
    const alone = { ...held, tryMdnsPort: () => Promise.resolve('EADDRINUSE') };
    await judged(run(mdnsPort, alone), 'warning', /cannot be shared \(EADDRINUSE\).*stop avahi-daemon/);
    await judged(run(mdnsPort, fakeMachine()), 'ok', /^free$/);
  });

  it('inotify: limits that are nearly used up are told with the line that raises them', async () => {
    const limits = (watches: string, instances: string): Machine =>
      fakeMachine({
        '/proc/sys/fs/inotify/max_user_watches': watches,
        '/proc/sys/fs/inotify/max_user_instances': instances,
      });
    await judged(
      run(inotifyWatches, limits('8192\n', '')),
      'warning',
      /8192, 40 in use.*max_user_watches=524288/,
    );
    await judged(run(inotifyWatches, limits('524288\n', '')), 'ok', /524288/);
    await judged(run(inotifyInstances, limits('', '16\n')), 'warning', /max_user_instances=1024/);
    await judged(run(inotifyInstances, limits('', '128\n')), 'ok', /3 in use/);
    await judged(run(inotifyWatches, fakeMachine()), 'ok', /no limit/);
  });

  it('open files: a low limit of a program is a warning', async () => {
    const limit = (soft: string): Machine =>
      fakeMachine({ '/proc/self/limits': `Max open files            ${soft}         1048576   files\n` });
    await judged(run(openFileLimit, limit('256')), 'warning', /ulimit -n/);
    await judged(run(openFileLimit, limit('1048576')), 'ok', /1048576/);
  });

  it('clock: a clock in the past is a warning; who keeps it is named', async () => {
    await judged(run(clock, fakeMachine({}, { now: () => 0 })), 'warning', /1970-01-01.*set the clock/);
    await judged(run(clock, fakeMachine({ '/run/systemd/timesync/synchronized': '' })), 'ok', /timesyncd/);
  });

  it("bridges: one of Docker's that has the device's address blocks with status 3", async () => {
    const machine = withInterfaces(named('eth0', '192.0.2.2/24'), named('docker0', '172.17.0.0/16'));
    const finding = await run(bridges, machine, '172.17.5.9');
    assert.deepEqual([finding.result, 'exitCode' in finding && finding.exitCode], ['blocks', 3]);
    assert.match(finding.evidence, /docker0 \(172\.17\.0\.0\/16\).*172\.17\.5\.9/);
    await judged(run(bridges, machine, '192.0.2.9'), 'ok', /docker0/);
    const clash = withInterfaces(named('eth0', '172.17.9.2/24'), named('docker0', '172.17.0.1/16'));
    await judged(run(bridges, clash), 'warning', /part of the range of eth0/);
  });

  it('bridges without a carrier are known from the routes', () => {
    assert.deepEqual(networksOn(parseRoutes(routes), 'docker0'), ['172.17.0.0/16']);
    assert.deepEqual(networksOn(parseRoutes(routes), 'wlan0'), ['192.168.1.0/24']);
  });

  it('route: a VPN on the way to the device is named', async () => {
    const machine = fakeMachine({ '/proc/net/route': routes });
    await judged(run(route, machine, '10.1.2.3'), 'warning', /through tun0, a VPN/);
    await judged(run(route, machine, '192.168.1.7'), 'ok', /network of wlan0/);
    await judged(run(route, machine, '198.51.100.7'), 'ok', /behind a router, through wlan0/);
    await judged(run(route, machine, 'fe80::1%wlan0'), 'ok', /link-local/);
  });

  it('proxy: one in the environment is a warning unless the device is excepted', async () => {
    const set = (environment: Record<string, string>): Machine => fakeMachine({}, { environment });
    await judged(
      run(proxy, set({ HTTP_PROXY: 'http://p:3128' }), '192.0.2.9'),
      'warning',
      /NO_PROXY=192\.0\.2\.9/,
    );
    const excepted = { http_proxy: 'http://user:secret@p', no_proxy: 'localhost, 192.0.2.9' };
    await judged(run(proxy, set(excepted), '192.0.2.9'), 'ok', /^http_proxy set, the device excepted$/);
    await judged(run(proxy, set({ HTTP_PROXY: '' })), 'ok', /none/);
  });

  it('DOCKER_HOST: also an empty one is told, with the unset', async () => {
    await judged(
      run(dockerEnvironment, fakeMachine({}, { environment: { DOCKER_HOST: '' } })),
      'warning',
      /unset DOCKER_HOST/,
    );
    await judged(run(dockerEnvironment, fakeMachine()), 'ok', /not set/);
  });

  it('memory of devices: a directory that cannot be written is a warning', async () => {
    const locked = fakeMachine({}, { tryWrite: () => Promise.resolve('EROFS') });
    await judged(run(stateDirectory, locked), 'warning', /EROFS.*XDG_STATE_HOME/);
  });

  it('kind of machine: WSL and containers are told, as multicast does not reach them', async () => {
    const wsl = { '/proc/version': 'Linux version 5.15.153.1-microsoft-standard-WSL2' };
    await judged(run(surroundings, fakeMachine(wsl)), 'warning', /WSL/);
    await judged(run(surroundings, fakeMachine({ '/.dockerenv': '' })), 'warning', /container/);
    await judged(run(surroundings, fakeMachine()), 'ok', /linux/);
  });
});
