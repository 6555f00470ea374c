package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run/draw"
)

// word is an event of a request to draw.
type word struct {
	Ahead   int      `json:"ahead"` // requests that are drawn before
	Share   float64  `json:"share"` // done
	ID      string   `json:"id,omitempty"`
	Frames  int      `json:"frames,omitempty"`
	Command []string `json:"command,omitempty"`
	Error   string   `json:"error,omitempty"`
	// Live is the name of the samples on their way where there is a new picture of them, and T its time.
	Live string  `json:"live,omitempty"`
	T    float64 `json:"t"`
}

// draw draws what a page asks for when its turn has come, and tells of it line by line: JSON, the last one with the
// name of the result or an error. A client that leaves ends the work.
func (s *Server) draw(w http.ResponseWriter, q *http.Request) {
	if kind, _, err := mime.ParseMediaType(q.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "send JSON", http.StatusUnsupportedMediaType) // which no form of another site can
		return
	}
	var a ask
	body := json.NewDecoder(q.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	turn, err := s.line.join()
	if err != nil {
		w.Header().Set("Retry-After", "30")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer s.line.leave(turn)
	s.open.Add(1)
	defer s.open.Done()
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	w.Header().Set("Content-Type", "application/x-ndjson")
	send := sender(w)
	tell := func(said word) error {
		text, err := json.Marshal(said)
		if err != nil {
			return err
		}
		return send(string(text) + "\n")
	}
	var said word
	if s.await(ctx, turn, tell) == nil {
		said = s.answerDraw(ctx, a, tell)
	} else if s.ctx.Err() == nil {
		return
	}
	if s.ctx.Err() != nil {
		said = word{Error: errEnds.Error()}
	}
	if q.Context().Err() == nil {
		_ = tell(said) // a client that has gone
	}
}

var errEnds = errors.New("amgen serve has ended before the samples were drawn; start it and draw again")

// lookDrawing is how often a page is told how far its request has come.
const lookDrawing = 300 * time.Millisecond

// await waits for the turn.
func (s *Server) await(ctx context.Context, t *turn, tell func(word) error) error {
	ticks := time.NewTicker(lookDrawing)
	defer ticks.Stop()
	for told := -1; ; {
		if now := s.line.ahead(t); now != told {
			if told = now; tell(word{Ahead: now}) != nil {
				return context.Canceled
			}
		}
		select {
		case <-t.come:
			return ctx.Err()
		case <-ticks.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// answerDraw draws, and tells meanwhile the share that is done and of pictures of samples on their way.
func (s *Server) answerDraw(ctx context.Context, a ask, tell func(word) error) word {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var share atomic.Int64 // in thousandths
	done := make(chan word, 1)
	l := newLive()
	s.live.Store(l) // and stays: a page may ask for the last picture when the samples are drawn
	go func() {
		said, err := s.perform(ctx, a, l, func(part float64) { share.Store(int64(1000 * part)) })
		if err != nil {
			said = word{Error: err.Error()}
		}
		done <- said
	}()
	ticks := time.NewTicker(lookDrawing)
	defer ticks.Stop()
	for {
		select {
		case said := <-done:
			return said
		case <-ticks.C:
			said := word{Share: float64(share.Load()) / 1000}
			if t, ok := l.show(); ok {
				said.Live, said.T = l.id, t
			}
			if tell(said) != nil {
				cancel()
			}
		}
	}
}

// perform does what is asked for.
func (s *Server) perform(ctx context.Context, a ask, l *live, progress func(share float64)) (word, error) {
	if a.fills() {
		filled, from, err := s.fill(ctx, a, progress)
		if err != nil {
			return word{}, err
		}
		return word{Share: 1, ID: s.line.add(filled), Command: a.command(from)}, nil
	}
	switch a.Show {
	case "", showWays:
		samples, seed, from, err := s.samples(ctx, a, l, progress)
		if err != nil {
			return word{}, err
		}
		return word{Share: 1, ID: s.line.keep(samples, seed), Frames: frames, Command: a.command(from)}, nil
	case showGrowth:
		picture, from, err := s.growth(ctx, a)
		if err != nil {
			return word{}, err
		}
		return word{Share: 1, ID: s.line.add(result{picture: picture}), Command: a.command(from)}, nil
	}
	return word{}, fmt.Errorf("no picture %.20q; ask for %s or %s", a.Show, showWays, showGrowth)
}

// samples draws what is asked for, with its states at the times of the frames.
func (s *Server) samples(ctx context.Context, a ask, l *live, progress func(share float64)) (*draw.Samples, int64,
	origin, error) {
	t, err := s.find(ctx, a)
	if err != nil {
		return nil, 0, origin{}, err
	}
	o, err := a.options(t)
	if err != nil {
		return nil, 0, origin{}, err
	}
	r, err := t.Open(ctx)
	if err != nil {
		return nil, 0, origin{}, err
	}
	defer r.Close()
	if a.Show == showWays && r.Source.Problem == nil {
		return nil, 0, origin{}, fmt.Errorf("%s learned images, which have no ways; draw samples of it", t.Name())
	}
	if bytes := 4 * (frames + 1) * a.N * r.Source.Size(); bytes > mostBytes {
		return nil, 0, origin{}, fmt.Errorf("%d samples take %d MB; ask for fewer", a.N, bytes>>20)
	}
	o.Progress = func(done float64) { progress(done / float64(a.N)) }
	var samples *draw.Samples
	o.Watch = l.watch(o, func() *draw.Samples { return samples })
	for batch, err := range draw.Draw(ctx, r, o) {
		if err != nil {
			return nil, 0, origin{}, err
		}
		if samples == nil {
			samples = batch
		} else {
			samples.Append(batch)
		}
	}
	return samples, o.Seed, origin{t.Dir, r.Step}, nil
}

// drawn answers with samples: the picture of a frame, or a file to keep: png, gif or npz.
func (s *Server) drawn(w http.ResponseWriter, q *http.Request) {
	r, ok := s.line.result(q.FormValue("id"))
	if !ok {
		http.Error(w, "these samples aren't kept any more; draw them again", http.StatusNotFound)
		return
	}
	var data []byte
	var err error
	kind := "image/png"
	switch form := q.FormValue("form"); {
	case form == "picture" && r.picture != nil:
		data = r.picture
	case r.samples == nil:
		http.Error(w, "these are no samples; form is picture", http.StatusBadRequest)
		return
	case form == "":
		k, wrong := strconv.Atoi(q.FormValue("frame"))
		if wrong != nil || k < 0 || k >= len(r.samples.States) {
			http.Error(w, "no such frame", http.StatusNotFound)
			return
		}
		data, err = r.png(k)
	case form == "png":
		data, err = r.png(-1)
	case form == "first":
		data, err = r.first()
	case form == "image" && r.image != nil:
		data = r.image
	case form == "mask" && r.mask != nil:
		data = r.mask
	case form == "gif" && r.frames != nil:
		kind = "image/gif"
		data, err = r.gif()
	case form == "npz":
		kind = "application/octet-stream"
		data, err = r.npz()
	case form == showWays && r.samples.Source.Problem != nil:
		data, err = r.ways()
	default:
		http.Error(w, "form is png, gif, npz or first, of points also ways", http.StatusBadRequest)
		return
	}
	if err != nil {
		refuse(w, err)
		return
	}
	if form := q.FormValue("form"); keptNames[form] != "" {
		w.Header().Set("Content-Disposition", "attachment; filename="+keptNames[form])
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // the client may have gone
}

// keptNames are the names of the files that pages keep, by their forms.
var keptNames = map[string]string{"png": "samples.png", "gif": "samples.gif", "npz": "samples.npz",
	"image": "image.png", "mask": "mask.png"}

// png is the picture of frame k, or of the samples themselves where k is negative.
func (r result) png(k int) ([]byte, error) {
	var picture image.Image
	if k < 0 {
		var err error
		if picture, err = r.samples.Picture(draw.Layout{Seed: r.seed}); err != nil {
			return nil, err
		}
	} else {
		list, err := r.frames()
		if err != nil {
			return nil, err
		}
		picture = list[k]
	}
	var text bytes.Buffer
	err := imaging.EncodePNG(&text, picture)
	return text.Bytes(), err
}

func (r result) gif() ([]byte, error) {
	list, err := r.frames()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = imaging.EncodeGIF(&text, list, 200*time.Millisecond)
	return text.Bytes(), err
}

// npz is the file that `amgen sample` writes.
func (r result) npz() ([]byte, error) {
	dir, err := os.MkdirTemp("", "amgen-serve-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "samples.npz")
	if err := r.samples.WriteNPZ(path, arrayfile.PixelComment+arrayfile.SignedPixels.Text()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
