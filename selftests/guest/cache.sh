# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# cache.sh - sets $cache, the directory for fetched files, for the scripts that source it.
#
# A service, a cron job and `env -i` have no HOME.  Then the cache is in the home directory
# of the user database, to which bash expands ~ if HOME is not set.
cache=${BPF_EVOLUTION_CACHE:-${XDG_CACHE_HOME:-${HOME:-$(unset HOME; echo ~)}/.cache}/bpf_evolution}
