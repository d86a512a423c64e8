include $(sort $(wildcard $(BR2_EXTERNAL_FARSEAT_PATH)/package/*/*.mk))
