package hdf5

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"strings"
	"unicode/utf8"
)

// textPlace is where a text lies: a collection and the number in it, from 1; 0 of an empty text, which lies nowhere.
type textPlace struct {
	collection int
	length     uint32
	number     uint16
}

// textHeap puts texts into collections of a size that a reader keeps in memory well.
type textHeap struct {
	collections []*textCollection
}

type textCollection struct {
	at    uint64
	size  int // of what is in it, with its head
	texts []string
}

const (
	collectionHead  = 16      // of a collection, and of each text
	leastCollection = 4096    // that readers believe
	mostCollection  = 1 << 16 // unless one text is longer
)

// take gives texts their places, nil of data that have none in the heap.
func (h *textHeap) take(d Data, path string) ([]textPlace, error) {
	if n, ok := product(d.shape, 1); !ok || d.count >= 0 && d.count != n {
		return nil, d.miscounted(path)
	}
	var places []textPlace
	if d.isText {
		places = make([]textPlace, 0, len(d.texts))
	}
	for _, text := range d.texts {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > math.MaxInt32 {
			return nil, fmt.Errorf("hdf5: %s has the text %.40q; give UTF-8 without zero bytes", shown(path), text)
		}
		if d.isText {
			places = append(places, h.add(text))
		}
	}
	return places, nil
}

func (h *textHeap) add(text string) textPlace {
	if text == "" {
		return textPlace{}
	}
	takes := collectionHead + int(aligned(uint64(len(text))))
	last := len(h.collections) - 1
	if last < 0 || h.collections[last].size+takes > mostCollection {
		h.collections = append(h.collections, &textCollection{size: collectionHead})
		last++
	}
	c := h.collections[last]
	c.size += takes
	c.texts = append(c.texts, text)
	return textPlace{last, uint32(len(text)), uint16(len(c.texts))}
}

// place gives the collections addresses from one on, and returns what follows them.
func (h *textHeap) place(at uint64) uint64 {
	for _, c := range h.collections {
		c.at = at
		at += uint64(max(c.size, leastCollection))
	}
	return at
}

// references are the elements of texts.
func (h *textHeap) references(places []textPlace) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, p := range places {
			b := binary.LittleEndian.AppendUint32(nil, p.length)
			var at uint64
			if p.number > 0 {
				at = h.collections[p.collection].at
			}
			b = binary.LittleEndian.AppendUint64(b, at)
			if !yield(binary.LittleEndian.AppendUint32(b, uint32(p.number))) {
				return
			}
		}
	}
}

// write puts all collections.
func (h *textHeap) write(put func([]byte) error) error {
	for _, c := range h.collections {
		size := max(c.size, leastCollection)
		b := append(make([]byte, 0, size), "GCOL\x01\x00\x00\x00"...)
		b = binary.LittleEndian.AppendUint64(b, uint64(size))
		for i, text := range c.texts {
			b = binary.LittleEndian.AppendUint16(b, uint16(i+1))
			b = append(b, 1, 0, 0, 0, 0, 0) // one reference to it
			b = binary.LittleEndian.AppendUint64(b, uint64(len(text)))
			b = append(b, text...)
			b = append(b, make([]byte, int(aligned(uint64(len(b))))-len(b))...)
		}
		if free := size - len(b); free >= collectionHead { // object 0 is what is free
			b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
			b = binary.LittleEndian.AppendUint64(b, uint64(free))
		}
		if err := put(append(b, make([]byte, size-len(b))...)); err != nil {
			return err
		}
	}
	return nil
}
