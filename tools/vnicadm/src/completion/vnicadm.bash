# SPDX-License-Identifier: GPL-2.0
# bash takes a word apart at = and :, which the tool does not: it gets the words
# as they are typed, and of its answers bash gets what it will put in.
_vnicadm() {
	local IFS=$'\013' line=${COMP_LINE:0:COMP_POINT} space=true words last
	IFS=$' \t\n' read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=("")
	last=${words[-1]}
	if compopt +o nospace 2>/dev/null; then space=false; fi
	if ! COMPREPLY=($(
		_CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1)) \
		_CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE _CLAP_COMPLETE_SPACE=$space \
		VNICADM_COMPLETE=bash vnicadm -- "${words[@]}"
	)); then
		unset COMPREPLY
		return
	fi
	COMPREPLY=("${COMPREPLY[@]#"${last%"$2"}"}")
	if [[ $space = false && ${COMPREPLY-} =~ [=/:]$ ]]; then compopt -o nospace; fi
}
complete -o nospace -o bashdefault -o nosort -F _vnicadm vnicadm
