# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# cache.sh - sets $cache, the directory of what is fetched, for the scripts that
# source it.
#
# A service, a cron job and `env -i` have no HOME.  Then it is the home directory of
# the user database, which bash takes for ~ where HOME is not set.
cache=${BPF_EVOLUTION_CACHE:-${XDG_CACHE_HOME:-${HOME:-$(unset HOME; echo ~)}/.cache}/bpf_evolution}
