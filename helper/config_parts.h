/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_CONFIG_PARTS_H
#define LXC_SRIOV_CONFIG_PARTS_H

#include "config.h"
#include "ini.h"

/* What config.c, which reads the files, has config_keys.c and config_rules.c do. */

/* Makes a PF or a NIC of "pf NAME", "CONTAINER" or "CONTAINER N"; what is wrong goes to @errors. */
void config_read_section(struct config *config, const struct ini_section *section, const char *file, struct strv *errors);

/* [CONTAINER N] is a NIC of whatever container [CONTAINER] names. */
void config_name_containers(const struct config *config, struct strv *errors);

/* The rules that one NIC must keep by itself and with its PF. */
void config_check_nic(const struct config *config, const struct config_nic *nic, struct strv *errors);

void config_clear_nic(struct config_nic *nic);

/* "--ipv4 VALUE: @wrong", for a NIC that is in no file. */
void config_setting_error(enum config_nic_key key, const char *value, const char *wrong, struct strv *errors);

/* The rules between sections, checked on the values that are right. */
void config_check_rules(const struct config *config, struct strv *errors);

#endif
