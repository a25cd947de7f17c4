/**
 * What keeps the store and this gateway right when a hint or a reply is lost, one {@code BackgroundService} each: {@code LeaseRenewer}
 * extends leases and claims what was assigned to workers here, {@code Sweeper} ends what is overdue, {@code OutcomePoller} reads again
 * what requests are held for, {@code DeadlineWatcher} tells workers that the time of their task is over, {@code IdleAuditor} mends
 * workers that a lost reply left idle here and busy there, {@code Pinger} gives up silent workers, {@code SubscriptionProbe} notices
 * that hints no longer arrive, {@code GroupKeeper} and {@code ModelAnnouncer} say again which groups and models workers here serve.
 *
 * <p>Promises: when no hint ever arrives, everything still works, up to two seconds later.
 *
 * <p>Fails: a round that the store does not answer is logged, and the next round comes.
 */
package io.github.taskdispatcher.gateway.maintenance;
