package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// post asks for samples, and returns the words of the answer.
func post(ctx context.Context, t *testing.T, address, ask string) (status int, words []word) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/draw", strings.NewReader(ask))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for lines := json.NewDecoder(answer.Body); answer.StatusCode == http.StatusOK; {
		var said word
		if err := lines.Decode(&said); err != nil {
			break
		}
		words = append(words, said)
	}
	return answer.StatusCode, words
}

// TestDrawnBits: a page draws the bits of the library's one loop, which the command has, too.
func TestDrawnBits(t *testing.T) {
	dir := runsFolder(t)
	_, address := site(t, dir, Options{})
	status, words := post(t.Context(), t, address, `{"run":"first","n":5,"seed":"7","solver":"heun","steps":4}`)
	if status != http.StatusOK || len(words) == 0 || words[len(words)-1].ID == "" {
		t.Fatal(status, words)
	}
	said := words[len(words)-1]
	answer, err := http.Get(address + "/api/drawn?form=npz&id=" + said.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.Open(t.Context(), filepath.Join(dir, "first"), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o, err := ask{N: 5, Seed: "7", Solver: "heun", Steps: 4}.options(r.Trained)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := draw.Collect(draw.Draw(t.Context(), r, o))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "samples.npz")
	if err := samples.WriteNPZ(path, arrayfile.PixelComment+arrayfile.SignedPixels.Text()); err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes differ from the %d of the library: %v", len(got), len(want), err)
	}
	for _, form := range []string{"form=png", "form=gif", "frame=0", "frame=10"} {
		answer, err := http.Get(address + "/api/drawn?id=" + said.ID + "&" + form)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK || answer.ContentLength < 100 {
			t.Errorf("%s: %s, %d bytes", form, answer.Status, answer.ContentLength)
		}
	}
}

// TestLive: samples on their way can be seen, by the name that the page was told.
func TestLive(t *testing.T) {
	_, address := site(t, runsFolder(t), Options{})
	ask := `{"run":"first","n":256,"seed":"7","solver":"heun","steps":1000}`
	q, err := http.NewRequest(http.MethodPost, address+"/api/draw", strings.NewReader(ask))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	fetch := func(path string) (int, []byte) {
		got, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		data, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		return got.StatusCode, data
	}
	var seen, last word
	for lines := json.NewDecoder(answer.Body); last.ID == "" && last.Error == ""; {
		last = word{}
		if err := lines.Decode(&last); err != nil {
			t.Fatal(err)
		}
		if last.Live == "" || last.ID != "" {
			continue
		}
		if seen.Live != "" && last.T <= seen.T || last.T >= 1 {
			t.Errorf("pictures at %g and then %g", seen.T, last.T)
		}
		seen = last
		status, data := fetch("/api/drawing?id=" + seen.Live)
		if config, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || config.Width < 400 {
			t.Errorf("status %d, a picture of %+v: %v", status, config, err)
		}
	}
	if last.Error != "" || seen.Live == "" {
		t.Fatalf("drawn without a picture on the way: %+v", last)
	}
	for _, id := range []string{"", last.ID} {
		if status, _ := fetch("/api/drawing?id=" + id); status != http.StatusNotFound {
			t.Errorf("%q has status %d", id, status)
		}
	}
}

// TestDrawRefuses: what can't be drawn is said in a line, and nothing is drawn.
func TestDrawRefuses(t *testing.T) {
	_, address := site(t, runsFolder(t), Options{})
	for ask, want := range map[string]string{
		`{"run":"first","n":0}`: "ask for 1 to 256 samples", `{"run":"first","n":257}`: "ask for 1 to 256 samples",
		`{"run":"../first","n":1}`: "no run of that name", `{"model":"/etc/passwd","n":1}`: "no model of that name",
		`{"run":"first","n":1,"class":"3"}`: "learned no classes", `{"run":"first","n":1,"seed":"1e9"}`: "the seed is",
		`{"run":"first","n":1,"solver":"leap"}`: "leap", `{"run":"first","n":1,"checkpoint":"77"}`: "77",
		`{"run":"first","n":1,"guidance":-7}`: "guidance",
	} {
		if status, words := post(t.Context(), t, address, ask); status != http.StatusOK || len(words) == 0 ||
			!strings.Contains(words[len(words)-1].Error, want) {
			t.Errorf("%s: status %d, %+v, want %q", ask, status, words, want)
		}
	}
	for _, ask := range []string{`{"run":"first","n":1,"other":1}`, `[]`, `{"n":1e99}`, ``} {
		if status, _ := post(t.Context(), t, address, ask); status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", ask, status)
		}
	}
}

// TestLine: requests are drawn in turn, each knows its place, one that leaves gives it up, and the line has an end.
func TestLine(t *testing.T) {
	var l line
	var turns []*turn
	for k := range 1 + mostWaiting {
		turn, err := l.join()
		if err != nil || l.ahead(turn) != k {
			t.Fatalf("request %d has %d ahead: %v", k, l.ahead(turn), err)
		}
		turns = append(turns, turn)
	}
	if _, err := l.join(); err == nil {
		t.Error("the line has no end")
	}
	come := func(t *turn) bool {
		select {
		case <-t.come:
			return true
		default:
			return false
		}
	}
	l.leave(turns[1])
	if !come(turns[0]) || come(turns[2]) || l.ahead(turns[2]) != 1 {
		t.Error("who leaves the middle gives the turn away, or no place")
	}
	l.leave(turns[0])
	if !come(turns[2]) || come(turns[3]) || l.ahead(turns[2]) != 0 {
		t.Error("the next has no turn")
	}
}

// TestDrawEnds: a page that waits, or is drawn for, is told that the server ends.
func TestDrawEnds(t *testing.T) {
	s, address := site(t, t.TempDir(), Options{})
	if _, err := s.line.join(); err != nil { // is never done
		t.Fatal(err)
	}
	time.AfterFunc(lookDrawing, s.stop)
	status, words := post(t.Context(), t, address, `{"run":"first","n":1}`)
	if status != http.StatusOK || len(words) == 0 || words[len(words)-1].Error != errEnds.Error() {
		t.Errorf("status %d, %+v, want that the server has ended", status, words)
	}
}

// TestDrawCancel: a client that leaves ends the work, and the next has its turn.
func TestDrawCancel(t *testing.T) {
	s, address := site(t, runsFolder(t), Options{})
	first, err := s.line.join() // is drawn for as long as the test likes
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/draw", strings.NewReader(`{"n":1}`))
		if err != nil {
			return
		}
		q.Header.Set("Content-Type", "application/json")
		if answer, err := http.DefaultClient.Do(q); err == nil {
			_, _ = io.Copy(io.Discard, answer.Body) // until the test ends it
			answer.Body.Close()
		}
	}()
	waits := func(n int) {
		t.Helper()
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			s.line.mu.Lock()
			now := len(s.line.waiting)
			s.line.mu.Unlock()
			if now == n {
				return
			}
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%d are in the line, want %d", now, n)
			}
		}
	}
	waits(2)
	leave()
	<-left
	waits(1)
	s.line.leave(first)
	if status, words := post(t.Context(), t, address, `{"run":"first","n":2}`); status != http.StatusOK ||
		words[len(words)-1].ID == "" {
		t.Error(status, words)
	}
}
