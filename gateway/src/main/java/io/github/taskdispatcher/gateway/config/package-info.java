/**
 * What a gateway is told: {@link io.github.taskdispatcher.gateway.config.Settings} reads the environment and checks all of
 * it at once; the result is the immutable {@link io.github.taskdispatcher.gateway.config.GatewayConfig}. Each setting is
 * declared in one place, {@link io.github.taskdispatcher.gateway.config.Setting}; the README's table is checked against it.
 */
package io.github.taskdispatcher.gateway.config;
