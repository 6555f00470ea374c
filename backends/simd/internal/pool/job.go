package pool

import "sync/atomic"

// job is one call of Run.
type job struct {
	next    atomic.Int64 // the first index that nobody has claimed
	n       int64
	do      func(i int)
	members atomic.Int64 // goroutines in join; once next ≥ n and members = 0, all is done
	sleeps  atomic.Bool  // the caller waits on done
	done    chan struct{}
	fail    atomic.Pointer[failure]
}

type failure struct{ value any }

// join claims and does pieces until none is left. A goroutine is a member before it claims anything, so work that
// is claimed is never overlooked by wait.
func (j *job) join() {
	j.members.Add(1)
	defer func() {
		if r := recover(); r != nil {
			j.fail.CompareAndSwap(nil, &failure{r})
			j.next.Store(j.n)
		}
		if j.members.Add(-1) == 0 && j.sleeps.Load() {
			select {
			case j.done <- struct{}{}:
			default:
			}
		}
	}()
	for {
		i := j.next.Add(1) - 1
		if i >= j.n {
			return
		}
		j.do(int(i))
	}
}

// wait returns when no member is left. The caller has joined before, so every piece has been claimed.
func (j *job) wait() {
	for s := startSpin(); s.again(); {
		if j.members.Load() == 0 {
			return
		}
	}
	j.sleeps.Store(true)
	if j.members.Load() != 0 {
		<-j.done
	}
}
