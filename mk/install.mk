# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the machine needs first, and what goes where on a host.

.PHONY: deps
deps: ## Install the Debian packages that are missing (dist/packages.list)
	$(Q)dist/deps.sh

# --- What is installed --------------------------------------------------------------------------

man_pages := $(patsubst docs/%.scd,%,$(wildcard docs/*.[1-8].scd))
policies := $(if $(wildcard policies),$(shell find policies -type f ! -name 'README*'))
# Where Debian's zsh looks: below /usr/local it is another folder.
zsh_folder := share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
section = $(patsubst .%,%,$(suffix $(1)))

# MODE:SOURCE:PLACE below $(PREFIX). `uninstall` removes by the same list.
installed = \
	0755:$(BUILD)/enforcerd:sbin/enforcerd \
	0755:$(BUILD)/policyctl:bin/policyctl \
	0644:$(BUILD)/dist/enforcerd.service:lib/systemd/system/enforcerd.service \
	0644:dist/portcullis.tmpfiles:lib/tmpfiles.d/portcullis.conf \
	$(foreach f,$(policies),0644:$(f):lib/portcullis/$(f)) \
	0644:$(BUILD)/dist/portcullis.schema.json:share/portcullis/portcullis.schema.json \
	0644:$(BUILD)/dist/policyctl.bash:share/bash-completion/completions/policyctl \
	0644:$(BUILD)/dist/policyctl.zsh:$(zsh_folder)/_policyctl \
	$(foreach f,$(man_pages),0644:$(BUILD)/docs/$(f):share/man/man$(call section,$(f))/$(f))

$(BUILD)/dist/%: dist/%.in $(BUILD)/.place
	@mkdir -p $(@D)
	$(Q)sed 's|@PREFIX@|$(PREFIX)|g' $< >$@

# What policyctl knows about itself.
$(BUILD)/dist/portcullis.schema.json: $(BUILD)/policyctl
	@mkdir -p $(@D)
	$(Q)$< schema >$@

$(BUILD)/dist/policyctl.%: $(BUILD)/policyctl
	@mkdir -p $(@D)
	$(Q)$< completion $* >$@

$(BUILD)/docs/%: docs/%.scd
	$(call say,MAN)
	$(Q)mkdir -p $(@D) && SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-0} scdoc <$< >$@

.PHONY: install
install: ## Install to PREFIX, below DESTDIR
install: $(foreach entry,$(installed),$(word 2,$(subst :, ,$(entry))))
	$(Q)for entry in $(installed); do \
		IFS=: read -r mode from to <<<"$$entry"; \
		install -D -m "$$mode" "$$from" "$(DESTDIR)$(PREFIX)/$$to"; \
	done
	@echo "Installed below $(DESTDIR)$(PREFIX)."
	@$(if $(DESTDIR),,echo "To start it: systemctl enable --now enforcerd")

.PHONY: uninstall
uninstall: ## Remove what install put there; the store and /etc/portcullis stay
	@[ -n "$(DESTDIR)" ] || [ ! -e /sys/fs/bpf/portcullis ] || { \
		echo 'Portcullis is in force here, and would stay so. To end that first:'; \
		echo '  systemctl disable --now enforcerd && enforcerd --unload'; exit 1; } >&2
	$(Q)for entry in $(installed); do \
		rm -f "$(DESTDIR)$(PREFIX)/$${entry##*:}"; \
	done
	$(Q)find "$(DESTDIR)$(PREFIX)/lib/portcullis" "$(DESTDIR)$(PREFIX)/share/portcullis" \
		-depth -type d -empty -delete 2>/dev/null || true
