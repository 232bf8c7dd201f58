#!/bin/sh
# Runs inside the new root file system: links, units and the preloaded image. Files that exist are replaced, never
# written in place, since they are shared with the cached base system.
set -e
system=/usr/lib/systemd/system

mkdir -p /mnt/boot /mnt/state /mnt/data /mnt/sysroot/active /mnt/sysroot/inactive /var/volatile \
  /etc/ssh/hostkeys /etc/docker /root/.ssh /root/.docker /var/lib/docker /var/lib/ModemManager \
  /var/lib/NetworkManager /usr/share/os /etc/NetworkManager/conf.d /etc/NetworkManager/dispatcher.d
chmod 700 /root/.ssh
rm -rf /var/log /var/tmp /etc/machine-id /etc/hostname /etc/ssh/ssh_host_* /etc/systemd/system/sshd.service
ln -s volatile/log /var/log
ln -s volatile/tmp /var/tmp
: >/etc/machine-id
: >/etc/hostname
: >/etc/board.env
mkdir -p "$system/balena-engine-tcp.socket.d"
: >"$system/balena-engine-tcp.socket.d/port.conf"
mkdir -p /usr/libexec/os-supervisor
for name in node program.mjs settings.env; do : >"/usr/libexec/os-supervisor/$name"; done
ln -sfn /etc/machine-id /var/lib/dbus/machine-id
rm -f /usr/lib/os-release && : >/usr/lib/os-release
ln -sfn docker /var/lib/balena
ln -sfn docker /var/lib/balena-engine
for name in balena balena-engine; do ln -sf docker "/usr/bin/$name"; done
for name in balenad balena-engine-daemon; do ln -sf /usr/sbin/dockerd "/usr/bin/$name"; done
ln -sf containerd /usr/bin/balena-engine-containerd
ln -sf /usr/local/sbin/runc /usr/bin/balena-engine-runc
sed -i 's/^root:[^:]*:/root::/' /etc/shadow
chmod 755 /usr/libexec/os/* /usr/sbin/os-config-json /usr/bin/fatrw /usr/bin/hostapp-update /usr/local/sbin/runc
rm -rf /var/cache/apt /var/lib/apt/lists /var/cache/debconf/*-old

while read -r unit _; do
  case "$unit" in '' | '#'*) continue ;; esac
  printf '[Unit]\nDescription=Restart of %s, whose part of config.json changed\n\n[Service]\nType=oneshot\nExecStart=/bin/systemctl restart %s.service\n' \
    "$unit" "$unit" >"$system/$unit-conf.service"
done </etc/units.conf

systemctl --quiet disable openvpn.service docker.service docker.socket containerd.service 2>/dev/null || true
systemctl --quiet enable resin-state-reset balena-data-reset resin-bind-mounts cgroups-writable board-link \
  config-json.path config-json.service balena-hostname development-features os-sshkeys os-udevrules os-networkmanager \
  balena-net-config balena-ntp-config dnsmasq sshdgenkeys sshd.socket balena-engine.socket balena busybox-preload openvpn resin-supervisor \
  rollback-altboot rollback-health
# Debian's own, which a board does not have or the emulator starts under another name.
systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
  e2scrub_reap.service systemd-tmpfiles-clean.timer getty@tty1.service console-getty.service container-getty@.service \
  getty.target ssh.service ssh.socket docker.service docker.socket containerd.service \
  NetworkManager-wait-online.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
  systemd-random-seed.service systemd-pstore.service systemd-networkd.service systemd-resolved.service \
  systemd-timesyncd.service systemd-udevd.service systemd-udev-trigger.service systemd-firstboot.service \
  remote-fs.target systemd-user-sessions.service ldconfig.service systemd-journal-catalog-update.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-update-done.service polkit.service systemd-sysusers.service \
  systemd-remount-fs.service systemd-tmpfiles-setup-dev.service sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount modprobe@configfs.service \
  modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@loop.service \
  2>/dev/null
# So are these, which would run at each boot and each `systemctl daemon-reload`.
mkdir -p /etc/systemd/system-generators
for name in cryptsetup getty gpt-auto hibernate-resume integritysetup rc-local system-update sysv veritysetup; do
  ln -sfn /dev/null "/etc/systemd/system-generators/systemd-$name-generator"
done
ln -sfn /dev/null /etc/systemd/system-generators/openvpn-generator
rm -f /etc/NetworkManager/dispatcher.d/01-ifupdown /usr/lib/NetworkManager/dispatcher.d/01-ifupdown
systemctl --quiet set-default multi-user.target

# busybox:latest, as `docker save` writes it.
image=$(mktemp -d)
mkdir -p "$image/root/bin" "$image/root/etc" "$image/root/tmp" "$image/root/root" "$image/root/var/www" "$image/root/usr" "$image/root/home"
cp /bin/busybox "$image/root/bin/busybox"
/bin/busybox --list | while read -r applet; do
  [ "$applet" = busybox ] || ln -s busybox "$image/root/bin/$applet"
done
ln -s ../bin "$image/root/usr/bin"
ln -s bin "$image/root/sbin"
chmod 1777 "$image/root/tmp"
chmod 700 "$image/root/root"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$image/root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$image/root/etc/group"
created=$(date -u +%Y-%m-%dT%H:%M:%SZ)
tar -C "$image/root" --sort=name --owner=0 --group=0 --numeric-owner --mtime="$created" -cf "$image/layer.tar" .
layer=$(sha256sum <"$image/layer.tar" | cut -d ' ' -f 1)
architecture=$(dpkg --print-architecture | sed 's/^arm\(hf\|el\)$/arm/')
printf '{"architecture":"%s","os":"linux","created":"%s","config":{"Cmd":["sh"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"%s","created_by":"busybox-static"}]}' \
  "$architecture" "$created" "$layer" "$created" >"$image/config.json"
config=$(sha256sum <"$image/config.json" | cut -d ' ' -f 1)
mkdir "$image/$layer"
mv "$image/layer.tar" "$image/$layer/layer.tar"
mv "$image/config.json" "$image/$config.json"
printf '[{"Config":"%s.json","RepoTags":["busybox:latest"],"Layers":["%s/layer.tar"]}]' "$config" "$layer" >"$image/manifest.json"
tar -C "$image" -cf /usr/share/os/busybox.tar manifest.json "$config.json" "$layer"
rm -rf "$image"
