package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// signalled is why a context ended: the user, or a queue, sent a signal. It counts as [context.Canceled].
type signalled struct{ syscall.Signal }

func (s signalled) Error() string { return s.String() }

// Is implements what [errors.Is] asks.
func (signalled) Is(target error) bool { return target == context.Canceled }

// untilSignal is a context that ends with the first SIGINT, SIGTERM or SIGHUP, which asks; a second one ends the process,
// but for SIGHUP: a terminal that goes sends several. Under nohup it is ignored, as it was. A reader of the output that has
// gone, as `tee` on Ctrl-C, ends nothing: SIGPIPE is caught, so that writing to it fails and the work can be saved.
func untilSignal(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, answersKey{}, new(atomic.Bool)))
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // nobody listens: the error of the write tells
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		select {
		case got := <-signals:
			signal.Ignore(syscall.SIGHUP)
			signal.Stop(signals)
			number, _ := got.(syscall.Signal)
			cancel(signalled{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// Work that is still computing, or waiting for a file, this long after a signal is left where it is. What it writes appears by
// renames, so that nothing is left half done.
const longestAnswer = 4 * time.Second

type answersKey struct{}

// answers says that who runs under ctx answers signals itself from now on, however long that takes.
func answers(ctx context.Context) {
	if itself, ok := ctx.Value(answersKey{}).(*atomic.Bool); ok {
		itself.Store(true)
	}
}

// unanswered is closed when a signal has not been answered for too long.
func unanswered(ctx context.Context) <-chan struct{} {
	late := make(chan struct{})
	context.AfterFunc(ctx, func() {
		time.AfterFunc(longestAnswer, func() {
			if itself, ok := ctx.Value(answersKey{}).(*atomic.Bool); !ok || !itself.Load() {
				close(late)
			}
		})
	})
	return late
}

// interruptedCode is the exit code of work that a signal ended, 128 and its number as shells have it.
func interruptedCode(ctx context.Context) int {
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		return exitSignal + int(s.Signal)
	}
	return exitInterrupted
}
