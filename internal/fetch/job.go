package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/amgen/amgen/internal/replace"
)

// ErrOffline is wrapped when a set is not in the cache and the network may not be used.
var ErrOffline = errors.New("offline")

// ErrNotHere says that a source doesn't apply (its tool isn't installed, it needs the network):
// worth no mention when another source answers.
var ErrNotHere = errors.New("not available here")

// Source is one place that a set comes from. Its Fetch hands every canonical file to Job.Put; it
// may use the network only if Job.Offline is false.
type Source struct {
	Name  string
	Fetch func(ctx context.Context, j *Job) error
}

// Job is one attempt to bring a set into its folder, made while the folder's lock is held.
type Job struct {
	Set     *Set
	Dir     string
	Offline bool

	progress func(Progress)
	source   string // the one being tried
	place    string // where its files come from, in words
}

// Missing lists the canonical files that are absent or not intact.
func (j *Job) Missing() []File { return j.Set.missing(j.Dir) }

// run tries the sources in order until no file is missing.
func (j *Job) run(ctx context.Context) error {
	var failures []string
	for _, f := range j.Missing() {
		path := filepath.Join(j.Dir, f.Name)
		st, err := os.Lstat(path)
		if err == nil && st.IsDir() { // may be anything's, and no rename replaces it
			return fmt.Errorf("%s: cache folder of %s, got a folder in place of %s; remove %s", j.Set.Owner, j.Set.Name, f.Name, path)
		}
		if err == nil {
			failures = append(failures, fmt.Sprintf("cache: %s is not what it should be (truncated or changed)", f.Name))
			j.Note("cached " + f.Name + " is truncated or changed: replacing it")
		}
	}
	for _, src := range j.Set.Sources {
		j.source, j.place = src.Name, "source "+src.Name
		err := src.Fetch(ctx, j)
		if ctx.Err() != nil {
			return fmt.Errorf("%s: fetching %s, got %w; run it again, what is complete stays", j.Set.Owner, j.Set.Name, context.Cause(ctx))
		}
		if errors.As(err, new(cacheError)) {
			return fmt.Errorf("%s: cache folder of %s, got %w; check the space and the rights there, or set AMGEN_CACHE to another", j.Set.Owner, j.Set.Name, err)
		}
		if err == nil {
			left := j.Missing()
			if len(left) == 0 {
				j.Note(fmt.Sprintf("files of %s from %s, verified", j.Set.Name, j.place))
				return nil
			}
			err = fmt.Errorf("it lacks %s", left[0].Name)
		}
		if !errors.Is(err, ErrNotHere) {
			failures = append(failures, src.Name+": "+oneLine(err))
			j.Note(src.Name + " failed: " + oneLine(err))
		}
	}
	todo := fmt.Sprintf("%s and put that into %s", j.Set.ByHand, j.Dir)
	if j.Offline {
		again := "run it again with a network"
		if j.Set.Command != "" {
			again = fmt.Sprintf("run `%s` with a network", j.Set.Command)
		}
		return fmt.Errorf("%s: %w and %s not in the cache%s; %s, or %s", j.Set.Owner, ErrOffline, j.Set.Name, because(failures), again, todo)
	}
	return fmt.Errorf("%s: %s %s, got no source that answers%s; check the network, or %s",
		j.Set.Owner, j.Set.Kind, j.Set.Name, because(failures), todo)
}

func because(failures []string) string {
	if len(failures) == 0 {
		return ""
	}
	return " (" + strings.Join(failures, "; ") + ")"
}

// Put stores r's bytes as the canonical file f, in one rename, after its size and hash were checked.
func (j *Job) Put(f File, r io.Reader) (err error) {
	tmp, err := os.CreateTemp(j.Dir, tempPrefix+f.Name+"-*")
	if err != nil {
		return cacheError{err}
	}
	defer func() {
		if err != nil {
			tmp.Close() // closing twice is harmless
			os.Remove(tmp.Name())
		}
	}()
	h := sha256.New()
	meter := &meter{job: j, file: f.Name, total: f.Size}
	// One byte beyond the size is enough to see that there is too much.
	n, err := io.Copy(io.MultiWriter(cacheWriter{tmp}, h, meter), io.LimitReader(r, f.Size+1))
	if err != nil {
		return fmt.Errorf("%s after %d bytes: %w", f.Name, n, err)
	}
	if n != f.Size {
		return fmt.Errorf("%s has %d bytes, want %d", f.Name, n, f.Size)
	}
	if sum := hexSum(h); sum != f.SHA256 {
		return fmt.Errorf("%s has sha256 %s, want %s", f.Name, sum, f.SHA256)
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return cacheError{err}
	}
	if err := os.Rename(tmp.Name(), filepath.Join(j.Dir, f.Name)); err != nil {
		return cacheError{err}
	}
	if err := replace.SyncDir(j.Dir); err != nil {
		return cacheError{err}
	}
	return nil
}

// cacheError is that of a cache which cannot be written: no other source helps.
type cacheError struct{ error }

func (e cacheError) Unwrap() error { return e.error }

// cacheWriter marks the errors of writing, which are not those of what is read.
type cacheWriter struct{ io.Writer }

func (w cacheWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = cacheError{err}
	}
	return n, err
}

// PutEach stores the named canonical files that are still missing, opening each by open.
func (j *Job) PutEach(open func(name string) (io.ReadCloser, error)) error {
	for _, f := range j.Missing() {
		r, err := open(f.Name)
		if err != nil {
			return err
		}
		err = j.Put(f, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Note tells the user of a change of source.
func (j *Job) Note(text string) {
	if j.progress != nil {
		j.progress(Progress{Set: j.Set.Name, Source: j.source, Note: text})
	}
}

// meter is a writer that only counts, and reports about every megabyte.
type meter struct {
	job                   *Job
	file                  string
	done, total, reported int64
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if cb := m.job.progress; cb != nil && (m.done-m.reported >= 1<<20 || m.done == m.total) {
		m.reported = m.done
		cb(Progress{Set: m.job.Set.Name, Source: m.job.source, File: m.file, Done: m.done, Total: m.total})
	}
	return len(p), nil
}

// oneLine squeezes an error, such as a tool's output, into one line of bounded length.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:297]) + "…"
	}
	return text
}
