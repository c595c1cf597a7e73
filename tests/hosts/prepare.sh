#!/usr/bin/env bash
# The real GIMP and Krita in Debian roots of their own, for tests/hosts. Run as root on Debian 12 or later.
# usage: prepare.sh [--languages] [trixie|sid]...     into ${MGIE_HOSTS_DIR:-~/.cache/mgie-hosts}/SUITE
#   trixie: GIMP 3.0, Krita 5.2 (Qt 5), Python 3.13: a stable release
#   sid:    GIMP 3.2, Krita 6.0 (Qt 6), Python 3.14: unstable and experimental, which move
#   --languages: also the programs' German and Japanese, for pictures; no test needs them
# The mirror is the machine's own. Nothing outside the folder is changed.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
hosts_dir=${MGIE_HOSTS_DIR:-$HOME/.cache/mgie-hosts}
# What the adapters need of a host: the program, its Python, and GIMP's introspection data.
gimp_packages=gimp,python3-gi,gir1.2-gtk-3.0
common_packages=ca-certificates,fonts-dejavu-core,$gimp_packages

say() { printf '[hosts %4d s] %s\n' "$SECONDS" "$*"; }

mirror() {
  awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep . ||
    awk '$1 == "deb" {print $2; exit}' /etc/apt/sources.list
}

install_tools() {
  for tool in mmdebstrap Xvfb openbox xdotool import; do
    command -v "$tool" >/dev/null && continue
    apt-get -o DPkg::Lock::Timeout=300 -qq update
    apt-get -o DPkg::Lock::Timeout=300 -qq install --no-install-recommends \
      mmdebstrap xvfb openbox xdotool imagemagick >/dev/null
    return
  done
}

make_root() { # SUITE PACKAGES: a minimal root without documentation and translations
  # Signatures are checked, ages are not: the list of a suite that moves expires on a mirror that lags behind.
  mmdebstrap --quiet --mode=root --variant=apt --include="$2" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$1" "$hosts_dir/$1" "$(mirror)"
  tr -d - < /proc/sys/kernel/random/uuid > "$hosts_dir/$1/etc/machine-id" # D-Bus complains without one
  mkdir -p "$hosts_dir/$1/machine" # the machine's own root is bound here, so that a host can start the panel
}

add_languages() { # SUITE: only adds files, so that a program may run meanwhile
  local root=$hosts_dir/$1 krita=krita-l10n package
  [ "$1" = sid ] && krita=krita-l10n/experimental
  if [ -e "$root/.languages" ]; then return; fi
  say "adding languages to $1"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  mkdir -p "$root/tmp/languages"
  chroot "$root" apt-get -qq update
  chroot "$root" sh -c "cd /tmp/languages && apt-get -qq -o APT::Sandbox::User=root download gimp-data locales $krita"
  for package in "$root"/tmp/languages/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar --extract --keep-old-files --directory "$root" --wildcards \
      './usr/share/locale/de/*' './usr/share/locale/ja/*' './usr/share/i18n/*' 2>/dev/null || true # no package has all
  done
  rm -r "$root/tmp/languages"
  chroot "$root" localedef --inputfile=de_DE --charmap=UTF-8 de_DE.UTF-8
  chroot "$root" localedef --inputfile=ja_JP --charmap=UTF-8 ja_JP.UTF-8
  touch "$root/.languages"
}

add_experimental_krita() {
  local root=$hosts_dir/sid
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  echo "deb $(mirror) experimental main" > "$root/etc/apt/sources.list.d/experimental.list"
  chroot "$root" apt-get -qq update
  chroot "$root" apt-get -qq install krita/experimental krita-data/experimental >/dev/null
  chroot "$root" apt-get clean
}

prepare() {
  local root=$hosts_dir/$1
  if [ -e "$root/.ready" ]; then say "$1 is there already"; return; fi
  say "making $1"
  rm -rf "$root"
  case $1 in
    trixie) make_root trixie "$common_packages,krita,python3-pyqt5" ;;
    sid) make_root sid "$common_packages,qt6-svg-plugins,python3-pyqt6"; add_experimental_krita ;;
    *) echo "unknown suite $1: choose trixie or sid" >&2; return 2 ;;
  esac
  chroot "$root" dpkg-query -W -f='${Package} ${Version}\n' gimp krita python3 > "$root/.ready"
  say "$1 is ready: $(tr '\n' ' ' < "$root/.ready")"
}

has_languages=
if [ "${1:-}" = --languages ]; then has_languages=yes; shift; fi
mkdir -p "$hosts_dir"
install_tools
for suite in "${@:-trixie}"; do
  prepare "$suite"
  if [ -n "$has_languages" ]; then add_languages "$suite"; fi
done
