# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# Policies for every kind of subject, and who is in which of them.

mkdir -p /opt/s /opt/pair
for program in exe glob-1 other interp exeuser execgroup either owned; do
	cp /opt/actor /opt/s/$program
done
ln -s exe /opt/s/link
for name in script script-other; do
	echo '#!/opt/s/interp' >/opt/s/$name
	chmod 755 /opt/s/$name
done
chown 1600:0 /opt/s/owned
chmod 4755 /opt/s/owned
for group in /cg/sub/deep /cgx /elsewhere /many/more; do
	mkdir -p /sys/fs/cgroup$group
done
echo a >/opt/pair/a
cp /opt/pair/a /opt/pair/b
cp /opt/pair/a /opt/pair/c

# ---- policies ------------------------------------------------------------------------------------

secret cg '{cgroup: /cg}'
secret exe '{exe: /opt/s/exe}'
secret glob "{exe: '/opt/s/gl[a-o]b-*'}"
secret script '{exe: /opt/s/script}'
secret interp '{exe: /opt/s/interp}'
secret uid '{user: 1600}'
secret range '{user: [2000-2099, 2200]}'
secret named '{user: www-data}'
secret gid '{group: 3000}'
secret gname '{group: www-data}'
secret login '{login: 1700}'
secret exeuser '{exe: /opt/s/exeuser, user: 1800}'
secret cguser '{cgroup: /cguser, user: 1801}'
secret cggroup '{cgroup: /cggroup, group: 3002}'
secret execg '{exe: /opt/s/execgroup, cgroup: /execg}'
secret either '[{cgroup: /either}, {exe: /opt/s/either}]'
for n in a b c d e f g h i j k l m n o p; do
	secret m$n '{cgroup: /many}'
done
secret mq '{cgroup: /many/more}'
policy pair1 '{cgroup: /pair}' <<'END'
file: {default: deny, allow: ['read /opt/pair/{a,b}']}
END
policy pair2 '{cgroup: /pair}' <<'END'
file: {default: deny, allow: ['read /opt/pair/{b,c}']}
END

# ---- cells ---------------------------------------------------------------------------------------

cells kinds <<'END'
nobody_in_particular_is_confined
	none | layers
	none | groups=3001 gid=3001 uid=1601 exec=/opt/s/other layers
a_cgroup_is_its_whole_subtree
	cg | cgroup=/cg layers
	cg | cgroup=/cg/sub/deep layers
	none | cgroup=/cgx layers
an_executable_is_known_by_its_own_name
	exe | exec=/opt/s/exe layers
	exe | fexec=/opt/s/exe layers
	exe | procfd=/opt/s/exe layers
	exe | exec=/opt/s/link layers
	exe | unshare=mnt bind=/opt/s/exe,/opt/s/other exec=/opt/s/other layers
	none | unshare=mnt bind=/opt/s/other,/opt/s/exe exec=/opt/s/exe layers
	none | exec=/opt/s/other layers
	none | memfd=/opt/s/exe layers
	glob | exec=/opt/s/glob-1 layers
a_script_is_a_subject_and_so_is_its_interpreter
	interp,script | exec=/opt/s/script layers
	interp | exec=/opt/s/script-other layers
	interp | exec=/opt/s/interp layers
	interp,script | exec=/opt/s/script exec=/opt/s/other layers
a_user_is_real_effective_saved_or_of_the_file_system
	uid | uid=1600 layers
	uid | setuid=1600 layers
	uid | uid=1600,0,0 layers
	uid | uid=0,1600,0 layers
	uid | uid=0,0,1600 layers
	uid | fsuid=1600 layers
	none | uid=1599,1601,1600000 layers
	range | uid=2000 layers
	range | uid=2099 layers
	range | uid=2200 layers
	none | uid=1999 layers
	none | uid=2100 layers
	named | uid=33 layers
a_group_is_primary_or_supplementary
	gid | gid=3000 layers
	gid | gid=3000,0,0 layers
	gid | gid=0,3000,0 layers
	gid | gid=0,0,3000 layers
	gid | groups=3000 layers
	gname | gid=33 layers
	none | gid=2999 groups=3001 layers
a_login_is_who_logged_in
	login | login=1700 exec=/opt/s/other layers
	login | login=1700 uid=1701 layers
	login | login=1700 uid=1701 fork exec=/opt/s/other layers
	none | login=1701 uid=1700 exec=/opt/s/other layers
all_keys_of_an_item_must_hold
	exeuser | uid=1800 exec=/opt/s/exeuser layers
	exeuser | exec=/opt/s/exeuser uid=1800 layers
	exeuser | uid=1800,0,0 exec=/opt/s/exeuser layers
	none | uid=1800 exec=/opt/s/other layers
	none | uid=1802 exec=/opt/s/exeuser layers
	cguser | cgroup=/cguser uid=1801 layers
	cguser | uid=1801,0,0 cgroup=/cguser layers
	none | cgroup=/cguser uid=1802 layers
	none | uid=1801 layers
	cggroup | cgroup=/cggroup groups=3002 layers
	none | cgroup=/cggroup layers
	execg | cgroup=/execg exec=/opt/s/execgroup layers
	execg | exec=/opt/s/execgroup cgroup=/execg layers
	none | exec=/opt/s/execgroup layers
	none | cgroup=/execg exec=/opt/s/other layers
items_are_alternatives
	either | cgroup=/either layers
	either | exec=/opt/s/either layers
	either | cgroup=/either exec=/opt/s/either layers
END

cells labels <<'END'
a_label_is_inherited
	cg | cgroup=/cg cgroup=/ fork layers
	cg | cgroup=/cg cgroup=/ fork fork fork layers
	cg | cgroup=/cg cgroup=/ vfork layers
	cg | cgroup=/cg cgroup=/ vfork exec=/opt/s/other layers
	cg | cgroup=/cg cgroup=/ thread layers
	cg | cgroup=/cg cgroup=/ thread exec=/opt/s/other layers
	cg | cgroup=/cg cgroup=/ exec=/opt/s/other layers
	exe | exec=/opt/s/exe exec=/opt/s/other layers
	exe | exec=/opt/s/exe fork exec=/opt/s/other fork layers
	uid | uid=1600 exec=/opt/s/other fork layers
a_label_is_kept_whatever_the_task_does
	cg | cgroup=/cg cgroup=/ layers
	cg | cgroup=/cg cgroup=/elsewhere cgroup=/ layers
	cg | cgroup=/cg clone3=/elsewhere layers
	cg | cgroup=/cg clone3=/ exec=/opt/s/other layers
	cg | cgroup=/cg cgroup=/ daemon layers
	cg | cgroup=/cg cgroup=/ daemon exec=/opt/s/other layers
	cg | cgroup=/cg cgroup=/ uid=1601 layers
	cg | cgroup=/cg cgroup=/ unshare=user+mnt+pid fork layers
	cg | cgroup=/cg cgroup=/ memfd=/opt/s/other layers
	exe | exec=/opt/s/exe unshare=user+mnt+pid fork exec=/opt/s/other layers
	uid | uid=-1,1600,-1 uid=-1,0,-1 layers
	uid | uid=-1,1600,-1 uid=-1,0,-1 uid=1601 exec=/opt/s/other layers
	gid | gid=-1,3000,-1 gid=-1,0,-1 layers
	uid | uid=1601 exec=/opt/s/owned layers
	none | uid=1601 exec=/opt/s/other layers
	exe,uid | exec=/opt/s/exe uid=1601 exec=/opt/s/owned layers
a_layer_is_gained_when_its_subject_begins_to_match
	cg | clone3=/cg layers
	cg | clone3=/cg cgroup=/ layers
	cg | clone3=/cg/sub exec=/opt/s/other layers
	cg | thread cgroup=/cg layers
	cg | fork cgroup=/cg layers
	cg | unshare=user+mnt+pid fork cgroup=/cg layers
	uid | thread uid=1600 layers
	exe | thread exec=/opt/s/exe layers
	exe | vfork exec=/opt/s/exe layers
	exe | memfd=/opt/s/other exec=/opt/s/exe layers
layers_of_several_policies_add_up
	cg,either,exe,uid | cgroup=/cg exec=/opt/s/exe cgroup=/either uid=1600 layers
	cg,gid,uid | gid=3000 uid=1600,0,0 cgroup=/cg layers
	EACCES | cgroup=/pair read=/opt/pair/a
	ok | cgroup=/pair read=/opt/pair/b
	EACCES | cgroup=/pair read=/opt/pair/c
	ma,mb,mc,md,me,mf,mg,mh,mi,mj,mk,ml,mm,mn,mo,mp | cgroup=/many layers
more_layers_than_fit_deny_whatever_a_policy_speaks_of
	EACCES | cgroup=/many/more read=/opt/secret/ma
	EACCES | cgroup=/many/more read=/opt/secret/mq
	EACCES | cgroup=/many/more read=/opt/secret/exe
	EACCES | cgroup=/many/more read=/etc/passwd
	EACCES | cgroup=/many/more fork exec=/opt/s/other read=/etc/passwd
	EACCES | cgroup=/many exec=/opt/s/exe read=/etc/passwd
	ok | cgroup=/many read=/etc/passwd
END

# Where a process comes from is not known for those that were there before.
cells before <<'END'
a_process_older_than_the_enforcer_is_confined_without_a_restart
	cg | cgroup=/cg wait=/run/before layers
	cg | cgroup=/cg wait=/run/before fork cgroup=/ layers
	cg | cgroup=/cg wait=/run/before cgroup=/ exec=/opt/s/other layers
	cg | cgroup=/cg thread wait=/run/before layers
	cg | cgroup=/ wait=/run/before cgroup=/cg layers
	exe | exec=/opt/s/exe wait=/run/before layers
	exe | exec=/opt/s/exe wait=/run/before exec=/opt/s/other layers
	interp | exec=/opt/s/script wait=/run/before layers
	uid | uid=1600 wait=/run/before layers
	uid | uid=0,0,1600 wait=/run/before uid=0 layers
	gid | groups=3000 wait=/run/before layers
	login | login=1700 wait=/run/before layers
	exeuser | uid=1800 exec=/opt/s/exeuser wait=/run/before layers
	none | exec=/opt/s/other wait=/run/before layers
	none | cgroup=/cg cgroup=/ wait=/run/before layers
END

cells between <<'END'
a_process_older_than_the_policies_is_confined_without_a_restart
	cg | cgroup=/cg wait=/run/between layers
	exe | exec=/opt/s/exe wait=/run/between layers
	uid | uid=0,0,1600 wait=/run/between uid=0 layers
	none | exec=/opt/s/other wait=/run/between layers
END

cells kept <<'END'
acquired_layers_outlive_a_new_generation
	cg | cgroup=/cg cgroup=/ wait=/run/kept layers
	exe | exec=/opt/s/exe exec=/opt/s/other wait=/run/kept layers
	uid | uid=-1,1600,-1 uid=-1,0,-1 wait=/run/kept layers
	cg,exe | cgroup=/cg exec=/opt/s/exe cgroup=/ wait=/run/kept fork exec=/opt/s/other layers
	none | wait=/run/kept layers
a_policy_that_comes_is_gained_by_those_who_match
	aaa,cg | cgroup=/cg wait=/run/kept layers
	aaa,cg | cgroup=/cg cgroup=/ wait=/run/kept cgroup=/cg layers
	aaa,cg,exe | exec=/opt/s/exe cgroup=/cg wait=/run/kept layers
END

cells removed <<'END'
a_policy_that_goes_is_lost
	aaa | cgroup=/cg wait=/run/removed layers
	none | cgroup=/cg cgroup=/ wait=/run/removed layers
	exe | cgroup=/cg exec=/opt/s/exe cgroup=/ wait=/run/removed layers
	none | cgroup=/cg cgroup=/ wait=/run/removed fork exec=/opt/s/other layers
	none | cgroup=/cg thread cgroup=/ wait=/run/removed layers
END
