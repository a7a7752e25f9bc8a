// Licensed under the MIT licence.

import Chat
import ChatTesting
import SocketIOTesting
import Testing

@testable import ChatStores

@Suite struct AnnouncementsTests {
    private func words(_ tellings: [Announcements.Telling]) -> [Announcements.Word] { tellings.map(\.word) }

    @Test("A place is noted before anybody is told of, and once")
    func noting() throws {
        var announcements = Announcements()
        let (ann, ben) = (try user("ann"), try user("ben"))
        let lobby = ClusterPlace.room(try room())
        announcements.came(ann, lobby)
        #expect(announcements.take(lobby).isEmpty)
        #expect(announcements.noteToMake(lobby) == true)
        #expect(announcements.noteToMake(lobby) == false)
        announcements.came(ben, lobby)
        #expect(announcements.take(lobby).isEmpty)
        announcements.noted(lobby, succeeded: true)
        #expect(self.words(announcements.take(lobby)) == [.came(ann), .came(ben)])
        #expect(announcements.take(lobby).isEmpty, "on its way")
        #expect(announcements.noteToMake(lobby) == false)
    }

    @Test("What did not arrive is told again, and only the last word counts")
    func failing() throws {
        var announcements = Announcements()
        let ann = try user("ann")
        let lobby = ClusterPlace.room(try room())
        announcements.came(ann, lobby)
        _ = announcements.noteToMake(lobby)
        announcements.noted(lobby, succeeded: false)
        #expect(announcements.unfinished == [lobby])
        #expect(announcements.noteToMake(lobby) == true)
        announcements.noted(lobby, succeeded: true)
        let first = announcements.take(lobby)
        #expect(announcements.unfinished.isEmpty)
        #expect(announcements.told(try #require(first.first), succeeded: false) == false)
        #expect(announcements.unfinished == [lobby])
        announcements.left(ann, lobby)
        let second = announcements.take(lobby)
        #expect(self.words(second) == [.left(ann)])
        #expect(announcements.told(try #require(first.first), succeeded: true) == false, "overtaken")
        #expect(announcements.pendingCount == 1)
        #expect(announcements.told(try #require(second.first), succeeded: true) == true, "nobody is there any more")
        #expect(announcements.pendingCount == 0)
        announcements.left(ann, lobby)
        #expect(announcements.unfinished.isEmpty)
    }

    @Test("Under another name everybody who is here is told again, and nobody else")
    func startingOver() throws {
        var announcements = Announcements()
        let (ann, ben) = (try user("ann"), try user("ben"))
        let (lobby, cellar) = (ClusterPlace.room(try room()), ClusterPlace.room(try room("cellar")))
        announcements.came(ann, lobby)
        announcements.came(ben, lobby)
        announcements.came(ben, cellar)
        for place in [lobby, cellar] {
            _ = announcements.noteToMake(place)
            announcements.noted(place, succeeded: true)
            for telling in announcements.take(place) { _ = announcements.told(telling, succeeded: true) }
        }
        announcements.left(ben, lobby)
        announcements.left(ben, cellar)
        announcements.startOver()
        #expect(announcements.unfinished == [lobby])
        #expect(announcements.noteToMake(lobby) == true)
        announcements.noted(lobby, succeeded: true)
        #expect(self.words(announcements.take(lobby)) == [.came(ann)])
    }

    @Test("Who is missing is told of again, and who is not here is taken away; what is pending says more")
    func comparing() throws {
        var announcements = Announcements()
        let (ann, ben, cid, dan) = (try user("ann"), try user("ben"), try user("cid"), try user("dan"))
        let lobby = ClusterPlace.room(try room())
        for user in [ann, ben] { announcements.came(user, lobby) }
        _ = announcements.noteToMake(lobby)
        announcements.noted(lobby, succeeded: true)
        for telling in announcements.take(lobby) { _ = announcements.told(telling, succeeded: true) }
        announcements.came(cid, lobby)
        #expect(announcements.found([ben, dan], lobby) == false)
        #expect(Set(self.words(announcements.take(lobby)).map(\.user)) == [ann, cid, dan])
        #expect(announcements.pendingCount == 3)
        announcements.left(ben, lobby)
        #expect(announcements.found([ann, ben, cid], lobby) == false)
        #expect(self.words(announcements.take(lobby)) == [.left(ben)])
    }

    @Test("Of a place where nobody is any more everybody is taken away, and then the note")
    func comparingNobody() throws {
        var announcements = Announcements()
        let ann = try user("ann")
        let lobby = ClusterPlace.room(try room())
        #expect(announcements.found([ann], lobby) == false)
        let words = announcements.take(lobby)
        #expect(self.words(words) == [.left(ann)])
        #expect(announcements.told(try #require(words.first), succeeded: true) == true)
        #expect(announcements.found([], lobby) == true)
        #expect(announcements.places.isEmpty)
    }

    @Test("No more is taken than was asked for, the oldest first")
    func taking() throws {
        var announcements = Announcements()
        let users = try (0..<5).map { try user("u\($0)") }
        let lobby = ClusterPlace.room(try room())
        for user in users { announcements.came(user, lobby) }
        #expect(!announcements.canTell(lobby))
        _ = announcements.noteToMake(lobby)
        announcements.noted(lobby, succeeded: true)
        #expect(self.words(announcements.take(lobby, most: 2)) == [.came(users[0]), .came(users[1])])
        #expect(announcements.canTell(lobby))
        #expect(self.words(announcements.take(lobby, most: 9)).count == 3)
        #expect(!announcements.canTell(lobby))
    }

    @Test("Many words are told one after the other, in order and each once", .timeLimit(.minutes(1)))
    func many() throws {
        var announcements = Announcements()
        let users = try (0..<10_000).map { try user("u\($0)") }
        let lobby = ClusterPlace.room(try room())
        for user in users { announcements.came(user, lobby) }
        for user in users.reversed() {
            announcements.left(user, lobby)
            announcements.came(user, lobby)
        }
        _ = announcements.noteToMake(lobby)
        announcements.noted(lobby, succeeded: true)
        var told: [ChatUser] = []
        while let telling = announcements.take(lobby, most: 1).first {
            told.append(telling.word.user)
            _ = announcements.told(telling, succeeded: true)
        }
        #expect(told == users)
        #expect(announcements.pendingCount == 0)
        #expect(announcements.unfinished.isEmpty)
    }

    @Test("What failed is told after what has not been tried, and once")
    func failingOrder() throws {
        var announcements = Announcements()
        let (ann, ben) = (try user("ann"), try user("ben"))
        let lobby = ClusterPlace.room(try room())
        announcements.came(ann, lobby)
        announcements.came(ben, lobby)
        _ = announcements.noteToMake(lobby)
        announcements.noted(lobby, succeeded: true)
        let first = try #require(announcements.take(lobby, most: 1).first)
        _ = announcements.told(first, succeeded: false)
        announcements.left(ann, lobby)
        #expect(self.words(announcements.take(lobby)) == [.came(ben), .left(ann)])
        #expect(announcements.told(first, succeeded: false) == false, "overtaken")
        #expect(!announcements.canTell(lobby))
    }

    /// A server that loses words, answers late, and a node that is given up now and then.
    @Test("In the end the others know who is here, and each place is noted that has anybody", arguments: 0..<30)
    func model(_ run: Int) throws {
        var generator = SeededGenerator()
        var announcements = Announcements()
        let users = try (0..<4).map { try user("u\($0)") }
        let places = try (0..<2).map { ClusterPlace.room(try room("r\($0)")) }
        var here: [ClusterPlace: Set<ChatUser>] = [:]
        var known: [ClusterPlace: Set<ChatUser>] = [:]
        var noted: Set<ClusterPlace> = []
        /// What was sent and is not answered, in order.
        var flying: [(ClusterPlace, Announcements.Telling?)] = []
        var isUp = true

        func send(_ place: ClusterPlace) {
            if announcements.noteToMake(place) { flying.append((place, nil)) }
            flying += announcements.take(place).map { (place, $0) }
        }
        func answer() {
            guard !flying.isEmpty else { return }
            let (place, telling) = flying.removeFirst()
            let arrives = isUp || Bool.random(using: &generator)
            guard let telling else {
                if arrives { noted.insert(place) }
                announcements.noted(place, succeeded: isUp)
                if isUp { send(place) }
                return
            }
            if arrives {
                switch telling.word {
                case .came(let user):
                    #expect(noted.contains(place), "seed \(generator.seed)")
                    known[place, default: []].insert(user)
                case .left(let user): known[place]?.remove(user)
                }
            }
            if announcements.told(telling, succeeded: isUp) {
                #expect(known[place]?.isEmpty ?? true, "seed \(generator.seed)")
                noted.remove(place)
            }
        }
        for _ in 0..<500 {
            let (user, place) = (
                users[Int.random(in: 0..<4, using: &generator)], places[Int.random(in: 0..<2, using: &generator)]
            )
            switch Int.random(in: 0..<9, using: &generator) {
            case 0...1:
                here[place, default: []].insert(user)
                announcements.came(user, place)
                send(place)
            case 2...3:
                here[place]?.remove(user)
                announcements.left(user, place)
                send(place)
            case 4: isUp = Int.random(in: 0..<3, using: &generator) > 0
            case 5: for place in announcements.unfinished { send(place) }
            default: answer()
            }
        }
        isUp = true
        while !flying.isEmpty || !announcements.unfinished.isEmpty {
            for place in announcements.unfinished { send(place) }
            answer()
        }
        for place in places {
            #expect(known[place, default: []] == here[place, default: []], "seed \(generator.seed)")
            if here[place]?.isEmpty == false { #expect(noted.contains(place), "seed \(generator.seed)") }
        }
    }
}
