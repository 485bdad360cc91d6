// SPDX-License-Identifier: GPL-2.0
/*
 * lguest: time
 *
 * The host has a timer that fires once, and the time of day, which it writes to
 * lguest_data with each interrupt that it delivers.  The TSC may be used if
 * the host gives its rate.  There is nothing to calibrate anything by.
 */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/time64.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/time.h>
#include <asm/x86_init.h>
#include "guest.h"

/* The least that is worth a hypercall, and what fits into its argument; ns */
#define LEAST_DELTA	1000
#define LARGEST_DELTA	0xffffffffu

/* Also after 2038, when the host's seconds no longer fit into its signed 32 bits. */
static void read_time(struct timespec64 *ts)
{
	u32 sec, nsec;

	do {
		sec = READ_ONCE(lguest_data.time_sec);
		/* The host writes seconds first. */
		rmb();
		nsec = READ_ONCE(lguest_data.time_nsec);
		/* If both are of one second, it reads the same again. */
		rmb();
	} while (sec != READ_ONCE(lguest_data.time_sec));
	ts->tv_sec = sec;
	ts->tv_nsec = nsec;
}

static u64 read_clock(struct clocksource *cs)
{
	struct timespec64 ts;

	read_time(&ts);
	return timespec64_to_ns(&ts);
}

/* As fine as interrupts are frequent: behind the TSC, before jiffies */
static struct clocksource lguest_clock = {
	.name	= "lguest",
	.rating	= 200,
	.read	= read_clock,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS,
};

static int set_next_event(unsigned long delta, struct clock_event_device *dev)
{
	lguest_call(LHCALL_SET_CLOCKEVENT, delta, 0, 0, 0);
	return 0;
}

static int shutdown(struct clock_event_device *dev)
{
	lguest_call(LHCALL_SET_CLOCKEVENT, 0, 0, 0, 0);
	return 0;
}

static struct clock_event_device lguest_timer = {
	.name			= "lguest",
	.features		= CLOCK_EVT_FEAT_ONESHOT,
	.set_next_event		= set_next_event,
	.set_state_shutdown	= shutdown,
	.rating			= 400,
	.irq			= LGUEST_TIMER_IRQ,
};

static irqreturn_t timer_interrupt(int irq, void *dev)
{
	lguest_timer.event_handler(&lguest_timer);
	return IRQ_HANDLED;
}

static void __init init_timer(void)
{
	lguest_timer.cpumask = cpumask_of(0);
	clocksource_register_hz(&lguest_clock, NSEC_PER_SEC);
	clockevents_config_and_register(&lguest_timer, NSEC_PER_SEC, LEAST_DELTA, LARGEST_DELTA);
	if (request_irq(LGUEST_TIMER_IRQ, timer_interrupt, IRQF_TIMER | IRQF_IRQPOLL, "timer",
			&lguest_timer))
		panic("lguest: no timer");
}

static unsigned long tsc_khz_of_host(void)
{
	return lguest_data.tsc_khz;
}

static int no_set_wallclock(const struct timespec64 *now)
{
	return -ENODEV;
}

void __init lguest_init_time(void)
{
	if (lguest_data.tsc_khz) {
		/* The host vouches for it; there is nothing to watch it with. */
		setup_force_cpu_cap(X86_FEATURE_TSC_KNOWN_FREQ);
		setup_force_cpu_cap(X86_FEATURE_TSC_RELIABLE);
	} else {
		setup_clear_cpu_cap(X86_FEATURE_TSC);
	}
	x86_platform.calibrate_cpu = tsc_khz_of_host;
	x86_platform.calibrate_tsc = tsc_khz_of_host;
	x86_platform.get_wallclock = read_time;
	x86_platform.set_wallclock = no_set_wallclock;
	x86_init.timers.timer_init = init_timer;
	x86_init.timers.wallclock_init = x86_init_noop;
	x86_init.timers.setup_percpu_clockev = x86_init_noop;
}
