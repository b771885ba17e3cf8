package db

// memory is what the writer knows without asking: the chain's head and the
// dictionaries' ids. It is layered, closure over batch over base, and a layer
// moves up only when its savepoint is released or its batch committed. So a
// failed closure leaves no trace of itself here either.
type memory struct {
	up      *memory
	head    *head
	entries map[entry]int64
}

// head is the newest link of the chain.
type head struct {
	seq  int64
	hash []byte
}

// entry is one row of one dictionary: a text, or a person's three.
type entry struct {
	table               string
	text, email, handle string
}

// baseEntries bounds the committed layer; past it, ids are read again.
const baseEntries = 50_000

func newMemory(up *memory) *memory { return &memory{up: up, entries: map[entry]int64{}} }

func (m *memory) currentHead() *head {
	for ; m != nil; m = m.up {
		if m.head != nil {
			return m.head
		}
	}
	return nil
}

func (m *memory) lookup(e entry) (int64, bool) {
	for ; m != nil; m = m.up {
		if id, ok := m.entries[e]; ok {
			return id, true
		}
	}
	return 0, false
}

func (m *memory) moveUp() {
	if m.head != nil {
		m.up.head = m.head
	}
	if m.up.up == nil && len(m.up.entries) > baseEntries {
		clear(m.up.entries)
	}
	for e, id := range m.entries {
		m.up.entries[e] = id
	}
}
