import assert from 'node:assert/strict';
import { featureEffects, readFeatures } from '../../../src/project/features.ts';

describe('feature labels', () => {
  it('count when their value is 1, true or on, under their new and old names', () => {
    const labels = {
      'io.balena.features.dbus': '1',
      'io.resin.features.firmware': 'ON',
      'io.balena.features.sysfs': 'true',
      'io.balena.features.procfs': '0',
      'io.balena.features.gpu': 'yes',
      'io.resin.features.resin-api': '1',
      other: '1',
    };
    assert.deepEqual(
      readFeatures(labels).map(({ feature }) => feature),
      ['dbus', 'firmware', 'sysfs', 'balena-api'],
    );
  });

  it('become mounts of the host, and an engine to talk to', () => {
    const { mounts, environment, ...rest } = featureEffects(
      ['journal-logs', 'dbus', 'kernel-modules', 'balena-socket', 'supervisor-api', 'extra-firmware'],
      { engineSocket: '/var/run/docker.sock' },
    );
    assert.deepEqual(
      mounts.map(
        it => `${it.source}:${it.target}${it.isReadOnly ? ':ro' : ''}${it.isOptional ? ' if there' : ''}`,
      ),
      [
        '/var/log/journal:/var/log/journal:ro if there',
        '/run/log/journal:/run/log/journal:ro if there',
        '/etc/machine-id:/etc/machine-id:ro if there',
        '/run/dbus:/host/run/dbus',
        '/lib/modules:/lib/modules if there',
        '/var/run/docker.sock:/host/run/balena-engine.sock',
        '/var/run/docker.sock:/var/run/docker.sock',
        '/var/run/docker.sock:/var/run/balena.sock',
      ],
    );
    assert.deepEqual(environment, { DOCKER_HOST: 'unix:///host/run/balena-engine.sock' });
    assert.deepEqual(rest, { needsGpu: false, needsExtraFirmware: true });
  });
});
